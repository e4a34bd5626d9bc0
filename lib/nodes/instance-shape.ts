import { type Size } from 'cdk8s';
import { Checks } from '../core/checks';
import { memoryText, mibOf } from '../core/quantities';
import type { Accelerator } from './accelerator';
import type { Processor } from './processor';

/** What there is to know of an instance type; all that the checks of this library use. */
export interface InstanceShapeProps {
  /** The cloud's own name, such as `m7i.xlarge` or `n2-standard-8`. */
  readonly instanceType: string;
  /** Virtual CPUs, 1 to 1024. */
  readonly vcpus: number;
  /** Nominal memory, 0.5 GiB to 32 TiB. */
  readonly memory: Size;
  readonly processor: Processor;
  /**
   * Hardware threads of a core that are sold as vCPUs, 1 or 2.
   * @default 2
   */
  readonly threadsPerCore?: number;
  /** @default - none */
  readonly accelerator?: Accelerator;
  /**
   * Whether its CPU is throttled after a burst.
   * @default false
   */
  readonly burstable?: boolean;
  /**
   * Whether the cloud calls it previous generation: spot capacity shrinks and no new features come.
   * @default false
   */
  readonly previousGeneration?: boolean;
  /**
   * Most pods that a node of this type takes.
   * @default 110
   */
  readonly maxPods?: number;
}

/** The size and the properties of one instance type. Plain, frozen data. */
export class InstanceShape {
  /**
   * A type that the library's tables lack, or one whose facts you know better.
   * @throws ConfigurationError when a number is out of range
   */
  public static of(props: InstanceShapeProps): InstanceShape {
    const checks = new Checks(`InstanceShape(${props.instanceType})`);
    checks.requireCount(props.vcpus, 'vcpus', 1, 1024, ' vCPUs');
    checks.requireCount(props.threadsPerCore ?? 2, 'threadsPerCore', 1, 2);
    checks.requireCount(props.maxPods ?? 110, 'maxPods', 4, 1024, ' pods');
    checks.require(mibOf(props.memory) >= 512, 'memory', () => ({
      got: memoryText(mibOf(props.memory)),
      expected: 'at least 512 MiB',
      fix: 'give the nominal memory of the type',
    }));
    checks.finish();
    return new InstanceShape(props);
  }

  public readonly instanceType: string;
  public readonly vcpus: number;
  public readonly memoryMib: number;
  public readonly processor: Processor;
  public readonly threadsPerCore: number;
  public readonly accelerator: Accelerator | undefined;
  public readonly burstable: boolean;
  public readonly previousGeneration: boolean;
  public readonly maxPods: number;

  private constructor(props: InstanceShapeProps) {
    this.instanceType = props.instanceType;
    this.vcpus = props.vcpus;
    this.memoryMib = mibOf(props.memory);
    this.processor = props.processor;
    this.threadsPerCore = props.threadsPerCore ?? 2;
    this.accelerator = props.accelerator;
    this.burstable = props.burstable ?? false;
    this.previousGeneration = props.previousGeneration ?? false;
    this.maxPods = props.maxPods ?? 110;
    Object.freeze(this);
  }

  /** Whether an autoscaler may take the two for each other: same CPU, memory and accelerators. */
  public hasSameSizeAs(other: InstanceShape): boolean {
    return (
      this.vcpus === other.vcpus &&
      this.memoryMib === other.memoryMib &&
      this.accelerator?.toString() === other.accelerator?.toString()
    );
  }

  /** For people: `4 vCPU/16 GiB`. */
  public toString(): string {
    const accelerators = this.accelerator ? `/${this.accelerator.toString()}` : '';
    return `${this.vcpus} vCPU/${memoryText(this.memoryMib)}${accelerators}`;
  }
}
