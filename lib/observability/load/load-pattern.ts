import type { Duration } from 'cdk8s';
import { Checks } from '../../core/checks';

/** How a phase of a load test sends its requests, as plain data. */
export type LoadPhase =
  | { readonly kind: 'closed'; readonly workers: number; readonly requests: number }
  | { readonly kind: 'rate'; readonly perSecond: number; readonly seconds: number }
  | { readonly kind: 'poisson'; readonly perSecond: number; readonly seconds: number }
  | {
      readonly kind: 'ramp';
      readonly from: number;
      readonly to: number;
      readonly step: number;
      readonly seconds: number;
    };

const MOST_REQUESTS = 10_000_000;

/** How requests are sent during a phase of a load test. */
export class LoadPattern {
  /**
   * Workers that each send their next request when the last one was answered: a closed loop. What the server takes
   * longer for is asked less often, so that it shows throughput, not what users would wait for.
   * @param workers count, 1 to 10,000; each has a connection of its own
   * @param requests of each worker, count, 1 or more; at most 10,000,000 in all
   * @throws ConfigurationError when a number is out of range
   */
  public static closed(workers: number, requests: number): LoadPattern {
    const checks = new Checks('LoadPattern.closed');
    checks.requireCount(workers, 'workers', 1, 10_000, ' workers');
    checks.requireCount(requests, 'requests', 1, MOST_REQUESTS, ' requests');
    checks.require(workers * requests <= MOST_REQUESTS, 'requests', () => ({
      got: `${workers * requests} requests in all`,
      expected: `at most ${MOST_REQUESTS}`,
      fix: 'ask for fewer, or for several phases',
    }));
    checks.finish();
    return new LoadPattern({ kind: 'closed', workers, requests });
  }

  /**
   * A steady rate, evenly spaced, whether or not earlier requests are answered: an open loop, as users are.
   * @param perSecond requests a second, 1 to 100,000
   * @param duration 1 s to 1 day
   * @throws ConfigurationError when a number is out of range
   */
  public static rate(perSecond: number, duration: Duration): LoadPattern {
    const { seconds } = steady('LoadPattern.rate', perSecond, duration);
    return new LoadPattern({ kind: 'rate', perSecond, seconds });
  }

  /**
   * A rate with random arrivals, as those of many users who know nothing of each other: an open loop in which requests
   * come close together at times, so that they queue. By gRPC; the client is `ghz-poisson` of `load-client/`.
   * @param perSecond requests a second on average, 1 to 100,000
   * @param duration 1 s to 1 day
   * @throws ConfigurationError when a number is out of range
   */
  public static poisson(perSecond: number, duration: Duration): LoadPattern {
    const { seconds } = steady('LoadPattern.poisson', perSecond, duration);
    return new LoadPattern({ kind: 'poisson', perSecond, seconds });
  }

  /**
   * A rate that rises or falls in a line, every second, in an open loop: to find where latency breaks away.
   * @param from requests a second at the start, 1 to 100,000
   * @param to requests a second at the end, 1 to 100,000
   * @param duration 1 s to 1 day
   * @throws ConfigurationError when a number is out of range, or the rate does not change by 1 a second at least
   */
  public static ramp(from: number, to: number, duration: Duration): LoadPattern {
    const checks = new Checks('LoadPattern.ramp');
    const seconds = duration.toSeconds({ integral: false });
    requireRate(checks, 'from', from);
    requireRate(checks, 'to', to);
    requireSeconds(checks, seconds);
    const step = Math.round((to - from) / seconds);
    checks.require(step !== 0, 'duration', () => ({
      got: `${from} to ${to} a second in ${seconds} s`,
      expected: 'a change of at least 1 request a second each second',
      fix: 'shorten it, or use rates in several phases',
    }));
    checks.finish();
    return new LoadPattern({ kind: 'ramp', from, to, step, seconds });
  }

  private constructor(
    /** @internal */
    public readonly phase: LoadPhase,
  ) {
    Object.freeze(this);
  }
}

function steady(path: string, perSecond: number, duration: Duration): { seconds: number } {
  const checks = new Checks(path);
  const seconds = duration.toSeconds({ integral: false });
  requireRate(checks, 'perSecond', perSecond);
  requireSeconds(checks, seconds);
  checks.finish();
  return { seconds };
}

function requireRate(checks: Checks, property: string, perSecond: number): void {
  checks.requireCount(perSecond, property, 1, 100_000, ' requests a second');
}

function requireSeconds(checks: Checks, seconds: number): void {
  checks.requireCount(seconds, 'duration', 1, 86_400, ' s');
}
