/*
 * What the way in costs: CPU of the real proxy as a share of all CPU, and the time that it adds, for requests
 * of 600 KB to a server that computes for about 30 ms. Ratios within one run. CPU is counted by the kernel in
 * steps of 10 ms.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { LabGateway } from '../lab/support/envoy-gateway';
import { SecureClient } from '../lab/support/inference-service';
import { installed } from '../lab/support/lab-home';
import { HOST, makeTrust, renderIngress, secretsOf } from '../lab/support/secured';

const CALLS = 300;
const BYTES = 600_000;
const COMPUTE_MILLIS = 30;
const TARGET_SHARE = 0.02;

/**
 * Physical cores that the source's server keeps busy for its 28.6 ms a request; this machine has fewer, so that
 * their CPU time is taken as so many times what one core was measured to need.
 * @see docs/stacks.md (secure-xeon)
 */
const SOURCE_CORES = 8;

/** CPU time of a process so far, in clock ticks. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function startServer(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const program = join(__dirname, 'busy-server.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, String(COMPUTE_MILLIS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((done) => {
    child.stdout.once('data', (line: Buffer) => done({ child, port: Number(line.toString()) }));
  });
}

async function timesOf(client: SecureClient): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const started = performance.now();
    const { code, details } = await client.inferMessage(BYTES);
    if (code !== 'OK') throw new Error(`${code}: ${details}`);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

async function main(): Promise<number> {
  if (!installed('envoy-gateway', 'envoy')) return 0;
  const trust = await makeTrust();
  const identity = await trust.clients.issue({ subject: [{ CN: ['client'] }] });
  const { child, port } = await startServer();
  const gateway = await LabGateway.start({
    objects: renderIngress(['client']),
    secrets: await secretsOf(trust),
    backends: { resnet: [port] },
  });
  try {
    const direct = SecureClient.withCredentials(`127.0.0.1:${port}`, credentials.createInsecure());
    const secured = new SecureClient({
      port: gateway.port(),
      host: HOST,
      trusts: trust.servers.pem,
      identity,
    });
    const [envoy = 0] = gateway.envoyProcesses();
    const server = child.pid ?? 0;
    await timesOf(secured);
    const plain = await timesOf(direct);
    const before = [ticks(envoy), ticks(server)] as const;
    const through = await timesOf(secured);
    const proxyTicks = ticks(envoy) - before[0];
    const serverTicks = ticks(server) - before[1];
    const shareOf = (cores: number): number => proxyTicks / (proxyTicks + cores * serverTicks);
    const share = shareOf(SOURCE_CORES);
    const added = (at: number): string => (quantile(through, at) - quantile(plain, at)).toFixed(1);
    const verdict = share <= TARGET_SHARE ? 'ok  ' : 'MISS';
    console.log(
      `  ${verdict}  CPU of the proxy                       ${percent(share)} of all (target ${percent(TARGET_SHARE)}; ` +
        `${((10 * proxyTicks) / CALLS).toFixed(2)} ms a request of ${BYTES / 1000} KB with mutual TLS, ` +
        `server on ${SOURCE_CORES} cores; on one core, as measured: ${percent(shareOf(1))})\n` +
        `        time that it adds                      p50 ${added(0.5)} ms, p99 ${added(0.99)} ms (direct, in plain text: p50 ${quantile(plain, 0.5).toFixed(1)} ms)`,
    );
    direct.close();
    secured.close();
    return share <= TARGET_SHARE ? 0 : 1;
  } finally {
    await gateway.stop();
    child.kill('SIGKILL');
  }
}

void main().then((code) => {
  process.exitCode = code;
});
