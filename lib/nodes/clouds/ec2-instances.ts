/*
 * Instance families of EC2: the general-purpose, compute, memory and single-model GPU families that serve
 * models. Data, and the one function that reads it; other types come in by `InstanceShape.of`.
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html (2026-11)
 */
import { Size } from 'cdk8s';
import { Accelerator } from '../accelerator';
import { InstanceShape } from '../instance-shape';
import { PROCESSORS, type Processor } from '../processor';

interface Family {
  readonly processor: Processor;
  readonly gibPerVcpu: number;
  readonly threadsPerCore?: number;
  readonly burstable?: boolean;
  readonly previousGeneration?: boolean;
  /** GPU model, and how many a size has. */
  readonly gpu?: { readonly model: string; readonly counts: Readonly<Record<string, number>> };
}

const { haswell, skylake, cascadeLake, iceLake, sapphireRapids, graniteRapids } = PROCESSORS;
const { naples, rome, milan, genoa, graviton2, graviton3, graviton4, broadwell } = PROCESSORS;

/** GPUs by size in the T4 family, and in those that have larger sizes too. */
const T4_COUNTS = {
  xlarge: 1,
  '2xlarge': 1,
  '4xlarge': 1,
  '8xlarge': 1,
  '12xlarge': 4,
  '16xlarge': 1,
};
const G_COUNTS = { ...T4_COUNTS, '24xlarge': 4, '48xlarge': 8 };

const FAMILIES: Readonly<Record<string, Family>> = {
  m4: { processor: haswell, gibPerVcpu: 4, previousGeneration: true },
  m5: { processor: skylake, gibPerVcpu: 4 },
  m5d: { processor: skylake, gibPerVcpu: 4 },
  m5n: { processor: cascadeLake, gibPerVcpu: 4 },
  m5dn: { processor: cascadeLake, gibPerVcpu: 4 },
  m5a: { processor: naples, gibPerVcpu: 4 },
  m5ad: { processor: naples, gibPerVcpu: 4 },
  m6i: { processor: iceLake, gibPerVcpu: 4 },
  m6id: { processor: iceLake, gibPerVcpu: 4 },
  m6in: { processor: iceLake, gibPerVcpu: 4 },
  m6a: { processor: milan, gibPerVcpu: 4 },
  m6g: { processor: graviton2, gibPerVcpu: 4, threadsPerCore: 1 },
  m7i: { processor: sapphireRapids, gibPerVcpu: 4 },
  'm7i-flex': { processor: sapphireRapids, gibPerVcpu: 4 },
  m7a: { processor: genoa, gibPerVcpu: 4, threadsPerCore: 1 },
  m7g: { processor: graviton3, gibPerVcpu: 4, threadsPerCore: 1 },
  m8i: { processor: graniteRapids, gibPerVcpu: 4 },
  m8g: { processor: graviton4, gibPerVcpu: 4, threadsPerCore: 1 },
  c5: { processor: skylake, gibPerVcpu: 2 },
  c5a: { processor: rome, gibPerVcpu: 2 },
  c6i: { processor: iceLake, gibPerVcpu: 2 },
  c6a: { processor: milan, gibPerVcpu: 2 },
  c7i: { processor: sapphireRapids, gibPerVcpu: 2 },
  c7g: { processor: graviton3, gibPerVcpu: 2, threadsPerCore: 1 },
  c8i: { processor: graniteRapids, gibPerVcpu: 2 },
  r5: { processor: skylake, gibPerVcpu: 8 },
  r6i: { processor: iceLake, gibPerVcpu: 8 },
  r7i: { processor: sapphireRapids, gibPerVcpu: 8 },
  r8i: { processor: graniteRapids, gibPerVcpu: 8 },
  t2: { processor: broadwell, gibPerVcpu: 4, burstable: true, previousGeneration: true },
  t3: { processor: skylake, gibPerVcpu: 4, burstable: true },
  t3a: { processor: naples, gibPerVcpu: 4, burstable: true },
  g4dn: { processor: cascadeLake, gibPerVcpu: 4, gpu: { model: 't4', counts: T4_COUNTS } },
  g5: { processor: rome, gibPerVcpu: 4, gpu: { model: 'a10g', counts: G_COUNTS } },
  g6: { processor: milan, gibPerVcpu: 4, gpu: { model: 'l4', counts: G_COUNTS } },
  g6e: { processor: milan, gibPerVcpu: 8, gpu: { model: 'l40s', counts: G_COUNTS } },
};

/** vCPUs by size. */
const SIZES: Readonly<Record<string, number>> = {
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '3xlarge': 12,
  '4xlarge': 16,
  '6xlarge': 24,
  '8xlarge': 32,
  '9xlarge': 36,
  '12xlarge': 48,
  '16xlarge': 64,
  '18xlarge': 72,
  '24xlarge': 96,
  '32xlarge': 128,
  '48xlarge': 192,
};

/** Sizes whose memory does not follow from the family, and that only burstable families have. */
const SMALL_BURSTABLE: Readonly<Record<string, { readonly vcpus: number; readonly gib: number }>> =
  {
    small: { vcpus: 2, gib: 2 },
    medium: { vcpus: 2, gib: 4 },
  };

/** The shape of an EC2 instance type of the families above. */
export function ec2Shape(instanceType: string): InstanceShape | undefined {
  const [familyName = '', size = ''] = instanceType.split('.');
  const family = FAMILIES[familyName];
  const small = family?.burstable ? SMALL_BURSTABLE[size] : undefined;
  const vcpus = small?.vcpus ?? SIZES[size];
  if (family === undefined || vcpus === undefined) return undefined;
  const gpus = family.gpu?.counts[size];
  return InstanceShape.of({
    instanceType,
    vcpus,
    memory: Size.gibibytes(small?.gib ?? vcpus * family.gibPerVcpu),
    processor: family.processor,
    threadsPerCore: family.threadsPerCore ?? 2,
    burstable: family.burstable ?? false,
    previousGeneration: family.previousGeneration ?? false,
    maxPods: maxPodsOf(vcpus),
    ...(family.gpu &&
      gpus !== undefined && { accelerator: Accelerator.nvidia(gpus, family.gpu.model) }),
  });
}

/**
 * Pods by the addresses of the network interfaces, as the VPC CNI assigns them without prefixes:
 * interfaces x (addresses - 1) + 2. nodeadm reserves memory by this number.
 * @see https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/eni-max-pods.txt (2026-11)
 */
function maxPodsOf(vcpus: number): number {
  if (vcpus <= 2) return 29;
  if (vcpus <= 8) return 58;
  return vcpus < 64 ? 234 : 737;
}
