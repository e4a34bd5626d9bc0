/** Keeps pods off a node that do not tolerate it. */
export interface Taint {
  /** Label key syntax. */
  readonly key: string;
  /** Label value syntax. */
  readonly value: string;
  /** What happens to pods that do not tolerate it. */
  readonly effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule';
}
