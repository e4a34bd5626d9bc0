/* Servers that are monitored, for tests of what that makes. */
import { Duration, Size } from 'cdk8s';
import {
  Accelerator,
  Cpu,
  Indicator,
  Model,
  ModelMonitoring,
  ModelServer,
  ModelSource,
  ServingEngine,
  type ModelMonitoringProps,
  type ServingChart,
} from 'inference-constructs';
import { chartOf } from './charts';

export interface AlertingRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** A server of an engine, monitored. */
export function monitored(
  engine: ServingEngine,
  changes: Partial<ModelMonitoringProps> = {},
): { readonly chart: ServingChart; readonly monitoring: ModelMonitoring } {
  const chart = chartOf();
  const target = new ModelServer(chart, 'Server', {
    name: 'resnet',
    engine,
    model: Model.of('m', ModelSource.s3('s3://models/m/'), { size: Size.mebibytes(100) }),
    cpu: Cpu.units(4),
    memory: Size.gibibytes(8),
    ...(engine.definition.images.nvidia && { accelerator: Accelerator.nvidia(1) }),
  });
  const monitoring = new ModelMonitoring(chart, 'Monitoring', {
    target,
    objective: { availability: 99.9 },
    ...changes,
  });
  return { chart, monitoring };
}

/** All rules, of all groups. */
export function rulesOf(monitoring: ModelMonitoring): AlertingRule[] {
  const { spec } = monitoring.prometheusRule.toJson() as {
    spec: { groups: { rules: AlertingRule[] }[] };
  };
  return spec.groups.flatMap(({ rules }) => rules);
}

/** Everything that can be promised, by who counts it. */
export const INDICATED: readonly (readonly [
  string,
  ServingEngine,
  Partial<ModelMonitoringProps>,
])[] = [
  ...ServingEngine.all()
    .filter(({ definition: { load } }) => load?.failed !== undefined)
    .map((engine) => [engine.toString(), engine, {}] as const),
  ...ServingEngine.all()
    .filter(({ definition }) => definition.metrics !== undefined)
    .flatMap((engine) =>
      [Indicator.istio('resnet'), Indicator.envoyGateway('resnet')].map(
        (indicator) =>
          [
            `${engine.toString()}, seen by ${indicator.toString()}`,
            engine,
            {
              indicator,
              objective: { availability: 99.9, latencyP99: Duration.millis(250) },
            },
          ] as const,
      ),
    ),
];
