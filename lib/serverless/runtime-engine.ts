import type { EngineDefinition, Protocol } from '../serving/engine-definition';
import { customEngine } from '../serving/custom-engine';
import { ModelFormat } from '../serving/model';

/** Ports of KServe's runtimes, by their conventions. */
const PORTS = { http: 8080, grpc: 9000 } as const;

/** Stands for an image that is not ours to choose; never written. */
const NOT_OURS = 'kserve/runtime:v0.20.0';

/** What is known of a runtime that others brought, as what checks know: its command line is its own. */
export function runtimeEngine(
  id: string,
  { title, formats }: { readonly title: string; readonly formats?: readonly ModelFormat[] },
  protocols: readonly Protocol[],
): EngineDefinition {
  return customEngine({
    id,
    title,
    images: { cpu: NOT_OURS, nvidia: NOT_OURS },
    architectures: ['amd64', 'arm64'],
    user: { uid: 1000, gid: 1000 },
    ports: PORTS,
    metrics: { port: PORTS.http, path: '/metrics' },
    protocols,
    formats: formats ?? Object.values(ModelFormat),
    readyPath: '/v2/health/ready',
    livePath: '/v2/health/live',
    render: () => ({ args: [] }),
  });
}
