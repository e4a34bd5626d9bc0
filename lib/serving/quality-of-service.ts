import type { Size } from 'cdk8s';
import type { Cpu } from '../core/cdk8s-plus';

/** Limits above what is requested. */
export interface BurstableOptions {
  /** @default - no CPU limit: idle cores of the node are used */
  readonly cpuLimit?: Cpu;
  /** @default - the memory request: memory cannot be taken back without killing the pod */
  readonly memoryLimit?: Size;
}

/** How requests and limits of a pod relate, and so how Kubernetes treats it when a node is full. */
export class QualityOfService {
  /** Limits equal requests: last to be evicted, whole cores can be exclusive, latency is steady. */
  public static readonly GUARANTEED = new QualityOfService(true, {});

  /** Limits above requests: more throughput where neighbours are idle, less certain latency. */
  public static burstable(options: BurstableOptions = {}): QualityOfService {
    return new QualityOfService(false, options);
  }

  private constructor(
    public readonly guaranteed: boolean,
    /** @internal */
    public readonly limits: BurstableOptions,
  ) {
    Object.freeze(this);
  }
}
