import { ConfigurationError, type Problem } from './configuration-error';

/** A problem without its place; the collector knows that. */
export type Finding = Omit<Problem, 'at'>;

/** Collects the problems of one input, so that a user sees all of them at once. */
export class Checks {
  private readonly found: Problem[] = [];

  /** @param path construct path, or the call that makes a plain value, such as `NodePool(spot-4x16)` */
  public constructor(private readonly path: string) {}

  /** Records a problem with `property` unless `holds`. The finding is built only when it is needed. */
  public require(holds: boolean, property: string, finding: () => Finding): void {
    if (!holds) this.found.push({ at: `${this.path}.${property}`, ...finding() });
  }

  /** Records a whole number outside of `least` to `most`. */
  public requireCount(
    value: number,
    property: string,
    least: number,
    most: number,
    unit = '',
  ): void {
    this.require(Number.isInteger(value) && value >= least && value <= most, property, () => ({
      got: `${value}${unit}`,
      expected: `a whole number from ${least} to ${most}${unit}`,
      fix: `set ${property} within that range`,
    }));
  }

  /** Records names that are given more than once. */
  public requireUnique(
    names: readonly string[],
    property: string,
    expected: string,
    fix: string,
  ): void {
    this.require(new Set(names).size === names.length, property, () => ({
      got: names.join(', '),
      expected,
      fix,
    }));
  }

  /** What was recorded so far. */
  public get problems(): readonly Problem[] {
    return this.found;
  }

  /** @throws ConfigurationError when any problem was recorded. */
  public finish(): void {
    if (this.found.length > 0) throw new ConfigurationError(this.found);
  }
}
