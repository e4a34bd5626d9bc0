/*
 * What Knative's autoscaler makes of a load: how many replicas, and how long nobody is there to answer. Pure: the same
 * load and settings give the same answer.
 */
import { KnativeDecider, TICK_SECONDS, type DeciderSettings } from './knative-decider';
import type { ResolvedScaling } from './resolve-scaling';

/**
 * Knative's defaults.
 * @see https://github.com/knative/serving/blob/knative-v1.23.0/config/core/configmaps/autoscaler.yaml (1.23)
 */
const DEFAULTS = {
  concurrency: 100,
  requestsPerSecond: 200,
  utilizationPercent: 70,
  windowSeconds: 60,
  panicWindowPercent: 10,
  panicThresholdPercent: 200,
  burstCapacity: 211,
  /** `scale-to-zero-grace-period`: how long the activator must have been in the way before the last replica goes. */
  graceSeconds: 30,
} as const;

/** Least that a replica is kept at. */
const LEAST_TARGET = 0.01;

/** A service for the simulation. */
export interface SimulatedService extends DeciderSettings {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly initialReplicas: number;
  readonly retention: number;
  /** Seconds from the order of a replica until it answers. */
  readonly startSeconds: number;
}

/** What became of a load. */
export interface SimulatedScaling {
  /** Replicas that were ready, second by second. */
  readonly ready: readonly number[];
  /** Replicas that Knative asked for, second by second. */
  readonly asked: readonly number[];
  /** Seconds in which there were requests and no replica. */
  readonly coldSeconds: number;
  /** How often the first request after a pause found no replica. */
  readonly coldStarts: number;
  /** Seconds of replicas, starting ones included. */
  readonly replicaSeconds: number;
  /** Seconds in panic. */
  readonly panicSeconds: number;
}

/** The settings that follow from what was declared. */
export function simulatedService(
  { policy, concurrencyLimit, knative, scaleDownDelaySeconds, ...bounds }: ResolvedScaling,
  startSeconds: number,
): SimulatedService {
  const share = policy?.definition.share;
  const usual = share?.of === 'rps' ? DEFAULTS.requestsPerSecond : concurrencyLimit;
  const asked = share?.target ?? usual ?? DEFAULTS.concurrency;
  const total = share?.of === 'rps' ? asked : Math.min(asked, concurrencyLimit ?? Infinity);
  const percent = knative.targetUtilizationPercent ?? DEFAULTS.utilizationPercent;
  const window = knative.window?.toSeconds() ?? DEFAULTS.windowSeconds;
  const panicPercent = knative.panicWindowPercent ?? DEFAULTS.panicWindowPercent;
  return {
    target: Math.max(LEAST_TARGET, (total * percent) / 100),
    total,
    window,
    panicWindow: Math.max(1, Math.round((window * panicPercent) / 100)),
    panicThreshold: (knative.panicThresholdPercent ?? DEFAULTS.panicThresholdPercent) / 100,
    burstCapacity: knative.targetBurstCapacity ?? DEFAULTS.burstCapacity,
    scaleDownDelay: scaleDownDelaySeconds ?? 0,
    activationReplicas: knative.activationReplicas ?? 1,
    minReplicas: bounds.minReplicas,
    maxReplicas: bounds.maxReplicas,
    initialReplicas: knative.initialReplicas ?? 1,
    retention: knative.lastReplicaRetention?.toSeconds() ?? 0,
    startSeconds,
  };
}

/**
 * Runs Knative's autoscaler against a load.
 * @param load requests that are open (or arrive, where the policy counts those), second by second
 */
export function simulateKnative(
  load: readonly number[],
  service: SimulatedService,
): SimulatedScaling {
  const decider = new KnativeDecider(service);
  const fleet = new Fleet(Math.max(service.minReplicas, service.initialReplicas));
  const last = new LastReplica(service);
  const ready: number[] = [];
  const asked: number[] = [];
  const sums = { coldSeconds: 0, coldStarts: 0, replicaSeconds: 0, panicSeconds: 0 };
  let wanted = fleet.size;
  let cold = false;
  let panicking = false;
  load.forEach((requests, second) => {
    fleet.advance(second);
    if (requests > 0 || fleet.ready > 0) decider.record(second, requests);
    if (second % TICK_SECONDS === 0) {
      const decision = decider.decide(second, fleet.ready);
      if (decision) {
        panicking = decision.panicking;
        const bounded = Math.min(
          service.maxReplicas,
          Math.max(service.minReplicas, decision.replicas),
        );
        wanted = last.release(second, bounded, {
          ready: fleet.ready,
          bypassed: decision.excessBurstCapacity >= 0,
        });
        fleet.scaleTo(wanted, second + service.startSeconds);
      }
    }
    const missed = requests > 0 && fleet.ready === 0;
    sums.coldStarts += missed && !cold ? 1 : 0;
    sums.coldSeconds += missed ? 1 : 0;
    sums.replicaSeconds += fleet.size;
    sums.panicSeconds += panicking ? 1 : 0;
    cold = fleet.ready === 0 && (cold || missed);
    ready.push(fleet.ready);
    asked.push(wanted);
  });
  return { ready, asked, ...sums };
}

/** Seconds from the last request until the last replica goes; Infinity where it stays. */
export function secondsUntilZero(service: SimulatedService): number {
  if (service.minReplicas > 0) return Infinity;
  const { window, retention, scaleDownDelay } = service;
  const busy = 2 * window;
  const quiet = 2 * (window + Math.max(DEFAULTS.graceSeconds, retention) + scaleDownDelay) + window;
  const load = Array.from({ length: busy + quiet }, (_, second) => (second < busy ? 1 : 0));
  const { ready } = simulateKnative(load, { ...service, initialReplicas: 1 });
  const gone = ready.findIndex((replicas, second) => second >= busy && replicas === 0);
  return gone === -1 ? Infinity : gone - busy;
}

/** Replicas that are ready, and those that start. */
class Fleet {
  public ready: number;
  private starting: number[] = [];

  public constructor(replicas: number) {
    this.ready = replicas;
  }

  public get size(): number {
    return this.ready + this.starting.length;
  }

  public advance(second: number): void {
    const due = this.starting.filter((readyAt) => readyAt <= second);
    this.ready += due.length;
    this.starting = this.starting.filter((readyAt) => readyAt > second);
  }

  public scaleTo(replicas: number, readyAt: number): void {
    while (this.size < replicas) this.starting.push(readyAt);
    while (this.size > replicas) {
      if (this.starting.length > 0) this.starting.pop();
      else this.ready -= 1;
    }
  }
}

/**
 * The last replica goes only when the revision has been active for a window, and the activator has been in the way for
 * long enough to hold what comes.
 * @see https://github.com/knative/serving/blob/knative-v1.23.0/pkg/reconciler/autoscaling/kpa/scaler.go (1.23)
 */
class LastReplica {
  private activeSince: number | undefined = 0;
  private inactiveSince: number | undefined;
  /** Since when the activator is in the way; undefined while requests pass it by. */
  private proxySince: number | undefined = 0;

  public constructor(private readonly service: SimulatedService) {}

  public release(
    second: number,
    wanted: number,
    { ready, bypassed }: { readonly ready: number; readonly bypassed: boolean },
  ): number {
    const inactive = this.inactiveSince !== undefined;
    if (bypassed && !inactive) this.proxySince = undefined;
    else this.proxySince ??= second;
    if (wanted > 0) {
      this.inactiveSince = undefined;
      if (ready > 0) this.activeSince ??= second;
      return wanted;
    }
    if (this.inactiveSince === undefined) {
      const activeFor = second - (this.activeSince ?? second);
      if (activeFor >= this.service.window) {
        this.inactiveSince = second;
        this.activeSince = undefined;
      }
      return 1;
    }
    const inactiveFor = second - this.inactiveSince;
    const proxyFor = second - (this.proxySince ?? second);
    const { retention } = this.service;
    const slow = inactiveFor >= Math.max(DEFAULTS.graceSeconds, retention);
    const fast = inactiveFor >= retention && proxyFor >= DEFAULTS.graceSeconds;
    return slow || fast ? 0 : 1;
  }
}
