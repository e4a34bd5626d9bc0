import { mibOf, millisOf, type Amounts } from '../core/quantities';
import type { MeshSidecar } from './mesh-props';

const DEFAULTS = { cpuMillis: 500, memoryMib: 256 } as const;

/** What a proxy takes, request and limit alike. */
export function sidecarSize({ cpu, memory }: Pick<MeshSidecar, 'cpu' | 'memory'>): Amounts {
  return {
    cpuMillis: cpu ? millisOf(cpu) : DEFAULTS.cpuMillis,
    memoryMib: memory ? mibOf(memory) : DEFAULTS.memoryMib,
  };
}
