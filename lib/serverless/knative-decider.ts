/*
 * How many replicas Knative's autoscaler asks for, every two seconds.
 * @see https://github.com/knative/serving/blob/knative-v1.23.0/pkg/autoscaler/scaling/autoscaler.go (1.23)
 */
import { WindowAverage } from './window-average';

/** Seconds between two decisions. */
export const TICK_SECONDS = 2;

/** Of the replicas that are ready, so many times more or less at once. */
const MOST_UP = 1000;
const MOST_DOWN = 2;

/** What decides, in seconds, counts and requests. */
export interface DeciderSettings {
  /** Requests that a replica is kept at. */
  readonly target: number;
  /** Requests that it takes at the most, for the burst capacity. */
  readonly total: number;
  readonly window: number;
  readonly panicWindow: number;
  /** Panics at so many times of what the ready replicas are for. */
  readonly panicThreshold: number;
  readonly burstCapacity: number;
  readonly scaleDownDelay: number;
  readonly activationReplicas: number;
}

/** One decision. */
export interface Decision {
  readonly replicas: number;
  /** Requests that could come at once; below 0 the activator stays in the way. */
  readonly excessBurstCapacity: number;
  readonly panicking: boolean;
}

/** Knative's autoscaler for one revision. Times are whole seconds. */
export class KnativeDecider {
  private readonly stable: WindowAverage;
  private readonly panic: WindowAverage;
  /** What was decided of late, for the delay of scaling down; by the tick. */
  private decided: { readonly tick: number; readonly replicas: number }[] = [];
  private panicSince: number | undefined;
  private mostInPanic = 0;

  public constructor(private readonly settings: DeciderSettings) {
    this.stable = new WindowAverage(settings.window);
    this.panic = new WindowAverage(settings.panicWindow);
  }

  /** Records the requests of all replicas and of the activator in a second. */
  public record(second: number, requests: number): void {
    this.stable.record(second, requests);
    this.panic.record(second, requests);
  }

  /** What it asks for; undefined while there is nothing to go by. */
  public decide(second: number, readyReplicas: number): Decision | undefined {
    if (this.stable.isEmpty(second)) return undefined;
    const { target, activationReplicas } = this.settings;
    const ready = Math.max(1, readyReplicas);
    const panicValue = this.panic.at(second);
    const byWindow = Math.ceil(this.stable.at(second) / target);
    const byPanic = Math.ceil(panicValue / target);
    const bounded = (replicas: number): number => {
      const least = Math.floor(ready / MOST_DOWN);
      const most = Math.ceil(MOST_UP * ready);
      const within = Math.min(Math.max(replicas, least), most);
      return replicas > 0 ? Math.max(within, activationReplicas) : within;
    };
    const stable = bounded(byWindow);
    const asked = this.inPanic(second, byPanic / ready)
      ? this.hold(Math.max(stable, bounded(byPanic)))
      : stable;
    return {
      replicas: this.delayed(second, asked),
      excessBurstCapacity: this.excess(readyReplicas, panicValue),
      panicking: this.panicSince !== undefined,
    };
  }

  /** Panics when the load is many times what the replicas are for, and for a window after that. */
  private inPanic(second: number, times: number): boolean {
    const { panicThreshold, window } = this.settings;
    if (times >= panicThreshold) this.panicSince = second;
    else if (this.panicSince !== undefined && this.panicSince + window < second) {
      this.panicSince = undefined;
      this.mostInPanic = 0;
    }
    return this.panicSince !== undefined;
  }

  /** In panic nothing is taken away. */
  private hold(replicas: number): number {
    this.mostInPanic = Math.max(this.mostInPanic, replicas);
    return this.mostInPanic;
  }

  /** The most that was asked for within the delay. */
  private delayed(second: number, replicas: number): number {
    const { scaleDownDelay } = this.settings;
    if (scaleDownDelay === 0) return replicas;
    const tick = Math.floor(second / TICK_SECONDS);
    const ticks = Math.ceil(scaleDownDelay / TICK_SECONDS);
    this.decided = [
      ...this.decided.filter((one) => one.tick > tick - ticks && one.tick !== tick),
      { tick, replicas },
    ];
    return Math.max(...this.decided.map((one) => one.replicas));
  }

  private excess(readyReplicas: number, panicValue: number): number {
    const { burstCapacity, total } = this.settings;
    if (burstCapacity <= 0) return burstCapacity;
    return Math.floor(readyReplicas * total - burstCapacity - panicValue);
  }
}
