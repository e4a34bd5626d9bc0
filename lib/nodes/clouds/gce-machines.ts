/*
 * Machine series of Compute Engine that serve models. Data, and the one function that reads it; other
 * types come in by `InstanceShape.of`.
 * @see https://cloud.google.com/compute/docs/machine-resource (2026-11)
 */
import { Size } from 'cdk8s';
import { Accelerator } from '../accelerator';
import { InstanceShape } from '../instance-shape';
import { PROCESSORS, type Processor } from '../processor';

interface Series {
  /** The oldest processor that a machine of the series may get. */
  readonly processor: Processor;
  readonly threadsPerCore?: number;
  readonly burstable?: boolean;
  /** GiB per vCPU by class. */
  readonly classes: Readonly<Record<string, number>>;
  readonly gpu?: { readonly model: string; readonly counts: Readonly<Record<number, number>> };
}

const { skylake, cascadeLake, sapphireRapids, emeraldRapids, rome, genoa, axion } = PROCESSORS;

const SERIES: Readonly<Record<string, Series>> = {
  e2: { processor: skylake, burstable: false, classes: { standard: 4, highmem: 8, highcpu: 1 } },
  n2: { processor: cascadeLake, classes: { standard: 4, highmem: 8, highcpu: 1 } },
  n2d: { processor: rome, classes: { standard: 4, highmem: 8, highcpu: 1 } },
  n4: { processor: emeraldRapids, classes: { standard: 4, highmem: 8, highcpu: 2 } },
  c3: { processor: sapphireRapids, classes: { standard: 4, highmem: 8, highcpu: 2 } },
  c3d: { processor: genoa, classes: { standard: 4, highmem: 8, highcpu: 2 } },
  c4: { processor: emeraldRapids, classes: { standard: 3.75, highmem: 7.75, highcpu: 2 } },
  c4a: { processor: axion, threadsPerCore: 1, classes: { standard: 4, highmem: 8, highcpu: 2 } },
  g2: {
    processor: cascadeLake,
    classes: { standard: 4 },
    gpu: { model: 'l4', counts: { 4: 1, 8: 1, 12: 1, 16: 1, 24: 2, 32: 1, 48: 4, 96: 8 } },
  },
};

/** The shape of a Compute Engine machine type of the series above, such as `n2-standard-8`. */
export function gceShape(instanceType: string): InstanceShape | undefined {
  const [, seriesName = '', className = '', count = ''] =
    /^([a-z]\w*)-([a-z]+)-(\d+)$/.exec(instanceType) ?? [];
  const series = SERIES[seriesName];
  const gibPerVcpu = series?.classes[className];
  const vcpus = Number(count);
  const gpus = series?.gpu?.counts[vcpus];
  if (series === undefined || gibPerVcpu === undefined || vcpus < 1) return undefined;
  if (series.gpu && gpus === undefined) return undefined;
  return InstanceShape.of({
    instanceType,
    vcpus,
    memory: Size.mebibytes(vcpus * gibPerVcpu * 1024),
    processor: series.processor,
    threadsPerCore: series.threadsPerCore ?? 2,
    burstable: series.burstable ?? false,
    ...(series.gpu &&
      gpus !== undefined && { accelerator: Accelerator.nvidia(gpus, series.gpu.model) }),
  });
}
