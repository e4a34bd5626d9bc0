/*
 * The ways to realise a spot pool. A closed choice of three value objects, so that no option of one can be given
 * together with another.
 */
import { Checks } from '../core/checks';

/** How an EC2 Auto Scaling group picks among its instance types. */
export enum SpotAllocationStrategy {
  /** Pools with the most capacity first, of those the cheapest. */
  PRICE_CAPACITY_OPTIMIZED = 'price-capacity-optimized',
  /** Pools with the most capacity, whatever the price. */
  CAPACITY_OPTIMIZED = 'capacity-optimized',
  /** As far as capacity allows in the order of the instance types. */
  CAPACITY_OPTIMIZED_PRIORITIZED = 'capacity-optimized-prioritized',
}

/** Options of a self-managed group. */
export interface SelfManagedOptions {
  /** @default SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED */
  readonly allocationStrategy?: SpotAllocationStrategy;
  /**
   * On-demand instances before any spot one, count, 0 to 1000.
   * @default 0
   */
  readonly onDemandBase?: number;
  /**
   * Share of on-demand instances above the base, percent, 0 to 100.
   * @default 0
   */
  readonly onDemandPercentAboveBase?: number;
  /**
   * Most that is paid for an instance an hour, in US dollars, such as `0.12`.
   * @default - the on-demand price
   */
  readonly maxPrice?: string;
}

/** Options of a Karpenter pool. */
export interface KarpenterOptions {
  /**
   * How long a node must be underused before Karpenter moves its pods; a Go duration.
   * @default 5m
   */
  readonly consolidateAfter?: string;
  /**
   * Age at which a node is replaced; a Go duration of hours.
   * @default 336h
   */
  readonly expireAfter?: string;
}

/** What a `SpotProvisioning` is made of. */
export type SpotProvisioningKind = 'managed' | 'self-managed' | 'karpenter';

/** Who starts, replaces and drains the nodes of a spot pool. */
export class SpotProvisioning {
  /**
   * The cloud's own node group: diversified, replaced on rebalance recommendations and drained before an
   * interruption, with nothing of ours in the cluster.
   */
  public static managed(): SpotProvisioning {
    return new SpotProvisioning('managed', {}, {});
  }

  /**
   * An EC2 Auto Scaling group of mixed instances, drained by aws-node-termination-handler in queue mode; for
   * allocation strategies, a price limit or an on-demand base, which managed groups lack. EKS only.
   * @throws ConfigurationError when a number is out of range or the price is none
   */
  public static selfManaged(options: SelfManagedOptions = {}): SpotProvisioning {
    const checks = new Checks('SpotProvisioning.selfManaged');
    const { onDemandBase = 0, onDemandPercentAboveBase = 0, maxPrice } = options;
    checks.requireCount(onDemandBase, 'onDemandBase', 0, 1000, ' instances');
    checks.requireCount(onDemandPercentAboveBase, 'onDemandPercentAboveBase', 0, 100, ' %');
    checks.require(maxPrice === undefined || isPrice(maxPrice), 'maxPrice', () => ({
      got: `"${String(maxPrice)}"`,
      expected: 'US dollars an hour as a decimal number above 0, such as 0.12',
      fix: 'correct it, or leave it out: AWS never charges more than the on-demand price',
    }));
    checks.finish();
    return new SpotProvisioning('self-managed', options, {});
  }

  /**
   * Karpenter `NodePool` and `EC2NodeClass`: nodes of the size that pods need, one by one. The first such pool of
   * a cluster brings Karpenter with it. EKS only.
   * @throws ConfigurationError when a duration is none
   */
  public static karpenter(options: KarpenterOptions = {}): SpotProvisioning {
    const checks = new Checks('SpotProvisioning.karpenter');
    for (const property of ['consolidateAfter', 'expireAfter'] as const) {
      const value = options[property];
      checks.require(value === undefined || /^([0-9]+(s|m|h))+$/.test(value), property, () => ({
        got: `"${String(value)}"`,
        expected: 'a duration such as 5m or 336h',
        fix: 'correct it',
      }));
    }
    checks.finish();
    return new SpotProvisioning('karpenter', {}, options);
  }

  private constructor(
    /** @internal */
    public readonly kind: SpotProvisioningKind,
    /** @internal */
    public readonly selfManagedOptions: SelfManagedOptions,
    /** @internal */
    public readonly karpenterOptions: KarpenterOptions,
  ) {
    Object.freeze(this);
  }
}

function isPrice(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text) && Number(text) > 0;
}
