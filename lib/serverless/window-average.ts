/** Digits to which Knative rounds averages. */
const PRECISION = 1e6;

/**
 * Averages over the last seconds, as Knative's autoscaler keeps them: one value a second, over as many seconds as there
 * has been anything to record, and of those that are too old none.
 * @see https://github.com/knative/serving/blob/knative-v1.23.0/pkg/autoscaler/aggregation/bucketing.go (1.23)
 */
export class WindowAverage {
  private readonly values: number[];
  private first = 0;
  private last: number | undefined;

  /** @param seconds length of the window */
  public constructor(private readonly seconds: number) {
    this.values = new Array<number>(seconds).fill(0);
  }

  /** Whether nothing was recorded for longer than the window. */
  public isEmpty(second: number): boolean {
    return this.last === undefined || second - this.last > this.seconds;
  }

  /** Records the value of a second; seconds in between count as zero. */
  public record(second: number, value: number): void {
    if (this.last === undefined || second - this.last >= this.seconds) {
      this.first = second;
      this.values.fill(0);
    } else
      for (let gap = this.last + 1; gap <= second; gap += 1) this.values[gap % this.seconds] = 0;
    this.last = second;
    this.values[second % this.seconds] = value;
  }

  public at(second: number): number {
    if (this.last === undefined) return 0;
    const silent = second - this.last;
    if (silent >= this.seconds) return 0;
    // Old seconds fall out at the front, while nothing new comes in at the end.
    let sum = this.values.reduce((total, value) => total + value, 0);
    for (let old = this.last + 1; old <= second; old += 1)
      sum -= this.values[old % this.seconds] ?? 0;
    const valid = Math.min(this.last - this.first + 1, this.seconds - silent);
    return Math.round((sum / valid) * PRECISION) / PRECISION;
  }
}
