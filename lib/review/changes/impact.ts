/** What a change does to those who use the cluster, the worst first. */
export enum Impact {
  /** The API server refuses it; nothing happens. */
  REFUSED = 'refused',
  /** Data, or objects of others, are deleted. */
  DATA_LOST = 'data lost',
  /** Clients that know the address do not get through any more. */
  ADDRESS_MOVED = 'address moved',
  /** Something that answered answers no more, for a while or for good. */
  STOPPED = 'stopped',
  /** Something was guarded that is not any more. */
  WEAKENED = 'weakened',
  /** Pods are replaced some at a time. */
  RESTARTED = 'restarted',
  NONE = 'none',
}

const ORDER = Object.values(Impact);

/** Its place among all, 0 the worst. */
export function rankOf(impact: Impact): number {
  return ORDER.indexOf(impact);
}

/** The worst of several; NONE of none. */
export function worstOf(impacts: readonly Impact[]): Impact {
  return ORDER.find((impact) => impacts.includes(impact)) ?? Impact.NONE;
}

/** What something means, and what to do about it. */
export interface Effect {
  readonly impact: Impact;
  /** What happens, as a clause without a subject, such as "restarts 3 pods, 1 at a time". */
  readonly words: string;
  /** What to do; undefined where nothing need be done. */
  readonly fix?: string;
  /** Paths of the fields that it comes from; none where the object is added or removed. */
  readonly fields: readonly string[];
}
