/*
 * Amounts as Kubernetes writes them and as arithmetic needs them. Memory is counted in MiB and CPU in
 * millicores all through the library: whole numbers, so that sums are exact.
 */
import { type Size, SizeRoundingBehavior } from 'cdk8s';
import type { Cpu } from './cdk8s-plus';

const MIB_PER_GIB = 1024;

/** CPU and memory as plain whole numbers. */
export interface Amounts {
  readonly cpuMillis: number;
  readonly memoryMib: number;
}

/** Millicores of a CPU amount: `Cpu.units(2)` and `Cpu.millis(2000)` are both 2000. */
export function millisOf(cpu: Cpu): number {
  return cpu.amount.endsWith('m')
    ? Number(cpu.amount.slice(0, -1))
    : Math.round(Number(cpu.amount) * 1000);
}

/** MiB of a size, rounded up. */
export function mibOf(size: Size): number {
  return Math.ceil(size.toMebibytes({ rounding: SizeRoundingBehavior.NONE }));
}

/** A Kubernetes quantity of CPU: `2`, `1500m`. */
export function cpuQuantity(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/** A Kubernetes quantity of memory or disk: `4Gi`, `500Mi`. */
export function memoryQuantity(mib: number): string {
  return mib % MIB_PER_GIB === 0 ? `${mib / MIB_PER_GIB}Gi` : `${mib}Mi`;
}

/** CPU for people: `2 cores`, `0.5 cores`, `1 core`. */
export function coresText(millis: number): string {
  return millis === 1000 ? '1 core' : `${Number((millis / 1000).toFixed(2))} cores`;
}

/** Memory for people: `27.1 GiB`, `500 MiB`. Rounded down, so that no limit reads larger than it is. */
export function memoryText(mib: number): string {
  return mib < MIB_PER_GIB ? `${mib} MiB` : `${Math.floor((mib / MIB_PER_GIB) * 10) / 10} GiB`;
}

/** Both amounts, as Kubernetes writes them. */
export function quantitiesOf({ cpuMillis, memoryMib }: Amounts): {
  readonly cpu: string;
  readonly memory: string;
} {
  return { cpu: cpuQuantity(cpuMillis), memory: memoryQuantity(memoryMib) };
}
