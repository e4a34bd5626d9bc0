import type { Probe } from 'kubernetes-types/core/v1';
import type { EngineProbes } from '../engine-definition';

/** GET `path` on the container's port named `port`. */
export function httpGet(path: string, port: string): Probe {
  return { httpGet: { path, port, scheme: 'HTTP' } };
}

/** Started when `ready` answers; ready and alive by probes of their own, so that a slow model is not killed. */
export function probes(ready: Probe, alive: Probe): EngineProbes {
  return {
    startup: { ...ready, periodSeconds: 5, timeoutSeconds: 5 },
    readiness: {
      ...ready,
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 2,
      successThreshold: 1,
    },
    liveness: {
      ...alive,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
      successThreshold: 1,
    },
  };
}
