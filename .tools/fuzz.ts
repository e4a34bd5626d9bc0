/*
 * Runs the property tests of `ModelServer` and `SecureGrpcIngress` against the lab's API server and scheduler,
 * as often as wanted.
 *
 *   npm run fuzz -- --runs 10000 --seed 42
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
const root = join(__dirname, '..');
const env = {
  ...process.env,
  ...(values.runs !== undefined && { FUZZ_RUNS: values.runs }),
  FUZZ_SEED: values.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
};
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const run = spawnSync(
  process.execPath,
  [jest, '-c', 'test/lab/jest.config.cjs', 'lab/(ingress-)?fuzz'],
  {
    cwd: root,
    env,
    stdio: 'inherit',
  },
);
process.exitCode = run.status ?? 1;
