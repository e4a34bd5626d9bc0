import { Checks } from '../core/checks';

/** Accelerators of one kind: what a node has, or what a pod asks for. */
export class Accelerator {
  /**
   * NVIDIA GPUs, whole, as the NVIDIA device plugin advertises them (`nvidia.com/gpu`).
   * @param count GPUs per node or per pod, 1 to 16
   * @param model lower-case model name, such as `l4` or `a100`; without it any model will do
   * @throws ConfigurationError when the count is out of range
   */
  public static nvidia(count: number, model?: string): Accelerator {
    const checks = new Checks('Accelerator.nvidia');
    checks.requireCount(count, 'count', 1, 16, ' GPUs');
    checks.finish();
    return new Accelerator('nvidia.com/gpu', count, model);
  }

  private constructor(
    /** Extended resource by which Kubernetes counts it. */
    public readonly resourceName: string,
    public readonly count: number,
    public readonly model: string | undefined,
  ) {
    Object.freeze(this);
  }

  /** Whether a node with these accelerators can hold a pod that asks for `wanted`. */
  public provides(wanted: Accelerator): boolean {
    return (
      this.resourceName === wanted.resourceName &&
      this.count >= wanted.count &&
      (wanted.model === undefined || wanted.model === this.model)
    );
  }

  /** For people: `1 x nvidia.com/gpu (l4)`. */
  public toString(): string {
    return `${this.count} x ${this.resourceName}${this.model === undefined ? '' : ` (${this.model})`}`;
  }
}
