/*
 * Programs of the lab: started with their output in a file, stopped by their own process id.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A running program. */
export interface Running {
  readonly process: ChildProcess;
  /** Its exit code and signal, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it has written so far. */
  log(): string;
}

/** Starts a program with its output in `folder/name.log`. */
export function start(
  folder: string,
  name: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Running {
  const file = join(folder, `${name}.log`);
  const output = openSync(file, 'a');
  // A group of its own, so that its workers can be stopped with it.
  const child = spawn(command, args, { env, stdio: ['ignore', output, output], detached: true });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
    child.once('exit', (code, signal) => done({ code, signal }));
    child.once('error', () => done({ code: -1, signal: null }));
  });
  return { process: child, ended, log: () => readFileSync(file, 'utf8') };
}

/** Stops a program: asks first, and insists after the time given. */
export async function stop(running: Running, patienceMillis = 10_000): Promise<void> {
  const insist = setTimeout(() => kill(running), patienceMillis);
  running.process.kill('SIGTERM');
  await running.ended;
  clearTimeout(insist);
}

/** Ends a program and the workers that it started, at once. */
export function kill({ process: child }: Running): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

/** Waits until `condition` holds, and fails with what it stands for if it never does. */
export async function until(
  what: string,
  seconds: number,
  condition: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (
    !(await Promise.resolve()
      .then(condition)
      .catch(() => false))
  ) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(100);
  }
}

/** Waits. */
export function pause(millis: number): Promise<void> {
  return new Promise((done) => setTimeout(done, millis));
}

/** Ports on loopback that nobody uses at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
