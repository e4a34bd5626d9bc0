import type { Duration } from 'cdk8s';
import { Checks } from '../core/checks';

/** Requests that arrive together are computed together: more throughput for a bounded wait. */
export class Batching {
  /**
   * @param maxBatchSize requests in one batch, count, 2 to 4096
   * @param maxDelay longest wait of a request for others, 0 to 1 s
   * @throws ConfigurationError when a bound is out of range
   */
  public static of(maxBatchSize: number, maxDelay: Duration): Batching {
    const checks = new Checks('Batching');
    checks.requireCount(maxBatchSize, 'maxBatchSize', 2, 4096, ' requests');
    const millis = maxDelay.toMilliseconds();
    checks.require(millis >= 0 && millis <= 1000, 'maxDelay', () => ({
      got: `${millis} ms`,
      expected: '0 to 1000 ms',
      fix: 'bound the wait well below the latency that clients accept',
    }));
    checks.finish();
    return new Batching(maxBatchSize, millis);
  }

  private constructor(
    public readonly maxBatchSize: number,
    /** Longest wait, in milliseconds. */
    public readonly maxDelayMillis: number,
  ) {
    Object.freeze(this);
  }
}
