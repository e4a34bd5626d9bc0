/*
 * The command line as people and programs start it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Impact } from '../../lib/review/changes/impact';

const ROOT = resolve(__dirname, '..', '..');

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], input = ''): Outcome {
  const { status, stdout, stderr } = spawnSync(
    'node',
    ['--import', 'tsx', 'lib/cli/main.ts', ...args],
    { cwd: ROOT, encoding: 'utf8', input },
  );
  return { status, stdout, stderr };
}

/** At a terminal, which `script` is to the program, whatever whoever runs the tests wants of colours. */
function atTerminal(command: string, wanted: Readonly<Record<string, string>> = {}): string {
  // Node takes it that machines that build want none.
  const { CI, FORCE_COLOR, NO_COLOR, NODE_DISABLE_COLORS, ...env } = process.env;
  return spawnSync(
    'script',
    ['-qec', `node --import tsx lib/cli/main.ts ${command}`, '/dev/null'],
    { cwd: ROOT, encoding: 'utf8', env: { ...env, TERM: 'xterm', ...wanted } },
  ).stdout;
}

const DEPLOYMENT = (cpu: string, app = 'web'): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: web, image: web:1, resources: {requests: {cpu: ${cpu}}}}]}
`;

describe('the command line', () => {
  const work = mkdtempSync(join(tmpdir(), 'cli-'));
  const folders = { old: '1', restarted: '2', refused: '1' };
  const at = (name: keyof typeof folders): string => join(work, name);

  beforeAll(() => {
    for (const [name, cpu] of Object.entries(folders)) {
      mkdirSync(join(work, name));
      writeFileSync(
        join(work, name, 'a.yaml'),
        DEPLOYMENT(cpu, name === 'refused' ? 'other' : 'web'),
      );
    }
  });

  afterAll(() => {
    rmSync(work, { recursive: true });
  });

  test.each([[], ['init'], ['report'], ['diff'], ['pki'], ['pki', 'client']])(
    'helps with %p',
    (...command) => {
      const { status, stdout } = run([...command.flat(), '--help']);

      expect(status).toBe(0);
      expect(stdout).toContain('Usage: inference-constructs');
      expect(stdout.split('\n').every((line) => line.length <= 120)).toBe(true);
    },
  );

  test.each([
    ['nothing as bad', [], 'restarted', 0],
    ['something refused', [], 'refused', 1],
    ['restarts that are not wanted', ['--fail-on', 'restarted'], 'restarted', 1],
    ['what is worse than wanted', ['--fail-on', 'restarted'], 'refused', 1],
    ['another impact', ['--fail-on', 'address-moved'], 'restarted', 0],
    ['no change', ['--fail-on', 'none'], 'old', 0],
  ] as const)('ends a diff by %s', (_, options, now, status) => {
    expect(run(['diff', at('old'), at(now), ...options]).status).toBe(status);
  });

  test('says the same to programs', () => {
    const { stdout } = run(['diff', at('old'), at('refused'), '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      changes: [{ kind: 'Deployment', name: 'web', impact: 'refused' }],
    });
  });

  test('reads what the cluster has from standard input', () => {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [] });

    expect(run(['diff', '-', at('old')], list).stderr).toContain('got no object');
    expect(run(['diff', '-', at('old')], DEPLOYMENT('1')).stdout).toBe('nothing changes\n');
  });

  test.each([
    [['dif', 'a', 'b'], 2, 'Did you mean diff?'],
    [['diff', 'a'], 2, "missing required argument 'new'"],
    [['report', '--format', 'pdf'], 2, 'Allowed choices are html, mermaid, svg, json, md'],
    [['diff', '--fail-on', 'everything', 'a', 'b'], 2, 'Allowed choices are'],
    [['report', '/does/not/exist'], 1, 'no such file or directory'],
  ] as const)('%p ends with %d', (args, status, message) => {
    const outcome = run(args);

    expect(outcome.stderr).toContain(message);
    expect(outcome.status).toBe(status);
  });

  test('is coloured at a terminal, unless that is not wanted', () => {
    const command = `diff ${at('old')} ${at('refused')}`;

    expect(atTerminal(command)).toContain('\u001b[31mrefused');
    expect(atTerminal(command, { NO_COLOR: '1' })).not.toContain('\u001b[');
    expect(run(command.split(' ')).stdout).not.toContain('\u001b[');
  });

  test('completes in shells', () => {
    expect(run(['completion', 'bash']).stdout).toContain('complete -F');
    expect(run(['completion', 'zsh']).stdout).toContain('#compdef inference-constructs');
    const commands = run(['complete', '--', '']).stdout;
    for (const command of ['init', 'report', 'diff', 'pki'])
      expect(commands).toContain(`${command}\t`);
    expect(run(['complete', '--', 'report', '--format', '']).stdout).toContain('mermaid');
    expect(run(['complete', '--', 'diff', '--fail-on', '']).stdout).toContain(Impact.RESTARTED);
  });
});
