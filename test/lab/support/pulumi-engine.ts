/*
 * Pulumi's own engine on a program of this repository: real previews, updates and state, against providers of ours.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import * as automation from '@pulumi/pulumi/automation';
import { LAB_HOME } from './lab-home';
import { serveProvider, type Provider } from './provider-server';

/** Counts of what an operation did, such as `{ create: 3, same: 1 }`. */
export type Counts = Readonly<Record<string, number>>;

/** One step of a preview or an update. */
export interface Step {
  /** `create`, `update`, `replace`, `create-replacement`, `delete-replaced`, `delete`, `same` … */
  readonly op: string;
  readonly type: string;
  readonly name: string;
  /** Properties that differ. */
  readonly diffs: readonly string[];
}

/** What an operation did. */
export interface Result {
  readonly counts: Counts;
  readonly steps: readonly Step[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What the program and the engine said. */
  readonly messages: readonly string[];
  readonly error: Error | undefined;
}

/** A resource as the state has it. */
export interface StateResource {
  readonly type: string;
  readonly urn: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
}

/** A stack of the program. */
export interface EngineStack {
  configure(config: Readonly<Record<string, string>>): Promise<void>;
  /** With the rules of the policy packs in these folders, if any. */
  preview(policyPacks?: readonly string[]): Promise<Result>;
  up(): Promise<Result>;
  refresh(): Promise<Result>;
  destroy(): Promise<Result>;
  /** Resources in the state. */
  state(): Promise<readonly StateResource[]>;
}

/** Where the engine keeps its state, and how it finds providers. */
export interface EngineSettings {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly parallel: number;
}

/** The engine, with its state in a folder of its own. */
export interface Engine {
  stack(name: string, program: automation.PulumiFn): Promise<EngineStack>;
  /**
   * Updates the ready stack of `config` from a process of its own, as a person does. After a failed update the SDK
   * leaves calls open that a second one in the same process would wait for.
   */
  upInProcess(config: Readonly<Record<string, string>>): Promise<Result>;
  stop(): void;
}

/** Starts the engine with providers by package name; one may serve several packages. */
export async function startEngine(
  providers: Readonly<Record<string, Provider>>,
  parallel = 16,
): Promise<Engine> {
  // Each run of a program adds handlers to the process.
  process.setMaxListeners(1000);
  const folder = mkdtempSync(join(tmpdir(), 'lab-pulumi-'));
  mkdirSync(join(folder, 'state'));
  const servers = await Promise.all(
    Object.entries(providers).map(async ([name, provider]) => ({
      name,
      server: await serveProvider(provider),
    })),
  );
  const settings: EngineSettings = {
    folder,
    parallel,
    env: {
      PULUMI_HOME: join(folder, 'home'),
      PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: 'lab',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DEBUG_PROVIDERS: servers.map(({ name, server }) => `${name}:${server.port}`).join(','),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    },
  };
  return {
    stack: (name, program) => stackOf(settings, name, program),
    upInProcess: (config) => runProcess({ settings, config }),
    stop: () => {
      for (const { server } of servers) server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A stack of `program` in the state of an engine. */
export async function stackOf(
  { folder, env, parallel }: EngineSettings,
  name: string,
  program: automation.PulumiFn,
): Promise<EngineStack> {
  const pulumiCommand = await automation.PulumiCommand.get({ root: LAB_HOME });
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    { projectName: 'inference-constructs', stackName: name, program },
    { envVars: { ...env }, pulumiCommand, workDir: folder },
  );
  return {
    configure: async (config) => {
      await stack.setAllConfig(
        Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])),
      );
    },
    preview: (packs = []) =>
      followed((onEvent) => stack.preview({ onEvent, parallel, policyPacks: [...packs] })),
    up: () => followed((onEvent) => stack.up({ onEvent, parallel })),
    refresh: () => followed((onEvent) => stack.refresh({ onEvent, parallel })),
    destroy: () => followed((onEvent) => stack.destroy({ onEvent, parallel })),
    state: async () => {
      const exported = (await stack.exportStack()).deployment as {
        resources?: StateResource[];
      };
      return exported.resources ?? [];
    },
  };
}

function runProcess(input: object): Promise<Result> {
  return new Promise((done, failed) => {
    const script = join(__dirname, 'pulumi-up.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', failed);
    child.on('close', () => {
      const { error, ...result } = JSON.parse(
        Buffer.concat(chunks).toString('utf8').trim().split('\n').pop() ?? '',
      ) as Omit<Result, 'error'> & { error?: string };
      done({ ...result, error: error === undefined ? undefined : new Error(error) });
    });
    child.stdin.end(JSON.stringify(input));
  });
}

async function followed(
  run: (onEvent: (event: automation.EngineEvent) => void) => Promise<unknown>,
): Promise<Result> {
  const steps: Step[] = [];
  const messages: string[] = [];
  let counts: Counts = {};
  const onEvent = (event: automation.EngineEvent): void => {
    const metadata = event.resourcePreEvent?.metadata;
    if (metadata) {
      steps.push({
        op: metadata.op,
        type: metadata.type,
        name: metadata.urn.split('::').pop() ?? '',
        diffs: metadata.diffs ?? [],
      });
    }
    const said = event.diagnosticEvent as { severity: string; message: string } | undefined;
    const violation = event.policyEvent;
    if (violation) messages.push(`${violation.policyName}: ${violation.message}`);
    if (said && said.severity !== 'debug') messages.push(said.message.trim());
    if (event.summaryEvent) counts = event.summaryEvent.resourceChanges;
  };
  try {
    const result = (await run(onEvent)) as { outputs?: automation.OutputMap };
    const outputs = Object.entries(result.outputs ?? {}).map(([key, { value }]) => [
      key,
      value as unknown,
    ]);
    return {
      counts,
      steps,
      messages,
      outputs: Object.fromEntries(outputs) as Record<string, unknown>,
      error: undefined,
    };
  } catch (error) {
    return {
      counts,
      steps,
      messages,
      outputs: {},
      error: new Error(messages.join('\n') || (error as Error).message),
    };
  }
}
