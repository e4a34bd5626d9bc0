import type { Taint } from '../nodes/taint';

/** Effects of taints as the APIs of EKS and GKE spell them. */
const EFFECTS: Readonly<Record<Taint['effect'], string>> = {
  NoSchedule: 'NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
};

/** Taints as the APIs of EKS and GKE take them. */
export function apiTaints(
  taints: readonly Taint[],
): { key: string; value: string; effect: string }[] {
  return taints.map(({ key, value, effect }) => ({ key, value, effect: EFFECTS[effect] }));
}
