/*
 * What can be chosen for the stacks without changing their code. The same values go into the manifests and into
 * the clusters: `INFERENCE_BUCKET=acme-models npm run synth` and `pulumi config set inference:bucket acme-models`.
 */
import { ConfigurationError, type Problem } from 'inference-constructs';

/** The gateways that `eks-spot-resnet` is written for. */
export const INGRESSES = ['aws-alb', 'envoy-gateway'] as const;

/** The clouds that `secure-xeon` is written for. */
export const CLOUDS = ['gke', 'eks'] as const;

/** Who keeps the spot nodes of `eks-spot-resnet`. */
export const SPOT_PROVISIONINGS = ['managed', 'self-managed', 'karpenter'] as const;

/** Who installs the charts that the stacks need. */
export const DELIVERIES = ['pulumi', 'flux', 'argo-cd'] as const;

/** The meshes that `openshift-mesh` is written for. */
export const MESHES = ['openshift-service-mesh-3', 'openshift-service-mesh-2', 'istio'] as const;

/** Who runs the servers of `openshift-mesh`. */
export const SERVERS = ['deployment', 'operator'] as const;

/** Whether things go wrong on purpose in `openshift-mesh`. */
export const PURPOSES = ['production', 'test'] as const;

/** What is chosen for the stacks, besides their code. */
export interface StackSettings {
  /** How clients get in to `eks-spot-resnet`. */
  readonly ingress: (typeof INGRESSES)[number];
  /** Where `secure-xeon` runs. */
  readonly cloud: (typeof CLOUDS)[number];
  readonly spotProvisioning: (typeof SPOT_PROVISIONINGS)[number];
  readonly delivery: (typeof DELIVERIES)[number];
  readonly mesh: (typeof MESHES)[number];
  readonly server: (typeof SERVERS)[number];
  readonly purpose: (typeof PURPOSES)[number];
  /** Name of the cluster in its cloud; undefined for that of the stack. */
  readonly clusterName: string | undefined;
  /** Region of clusters on AWS. */
  readonly region: string;
  /** Minor version of Kubernetes; undefined for the default of the cloud. */
  readonly version: string | undefined;
  /** Network of a cluster that is there, for charts that name it. */
  readonly networkId: string | undefined;
  /** Queue of the termination handler of self-managed groups that are made elsewhere. */
  readonly queueUrl: string | undefined;
  /** Bucket that the models are in. */
  readonly bucket: string;
  /** Certificate of the load balancer of `eks-spot-resnet`. */
  readonly certificateArn: string;
  /** Trust store with the authority of its clients. */
  readonly trustStoreArn: string;
}

const ACCOUNT = 'eu-west-1:111122223333';

/** Stand for the values of an account in the manifests of this repository. */
export const EXAMPLES = {
  certificateArn: `arn:aws:acm:${ACCOUNT}:certificate/7e1f9a52-0000-4000-8000-000000000000`,
  trustStoreArn: `arn:aws:elasticloadbalancing:${ACCOUNT}:truststore/resnet-clients/0123456789abcdef`,
} as const;

const DEFAULTS: StackSettings = {
  ingress: 'aws-alb',
  cloud: 'gke',
  spotProvisioning: 'managed',
  delivery: 'pulumi',
  mesh: 'openshift-service-mesh-3',
  server: 'deployment',
  purpose: 'production',
  clusterName: undefined,
  region: 'eu-west-1',
  version: undefined,
  networkId: undefined,
  queueUrl: undefined,
  bucket: 'models',
  ...EXAMPLES,
};

/** Value of a key, such as `ingress`; undefined if it is not set. */
export type ValueOf = (key: string) => string | undefined;

/**
 * Reads the settings.
 * @throws ConfigurationError with every value that is none of the choices
 */
export function readSettings(valueOf: ValueOf): StackSettings {
  const problems: Problem[] = [];
  const settings = {
    ingress: choiceOf(valueOf, 'ingress', INGRESSES, problems) ?? DEFAULTS.ingress,
    cloud: choiceOf(valueOf, 'cloud', CLOUDS, problems) ?? DEFAULTS.cloud,
    spotProvisioning:
      choiceOf(valueOf, 'spotProvisioning', SPOT_PROVISIONINGS, problems) ??
      DEFAULTS.spotProvisioning,
    delivery: choiceOf(valueOf, 'delivery', DELIVERIES, problems) ?? DEFAULTS.delivery,
    mesh: choiceOf(valueOf, 'mesh', MESHES, problems) ?? DEFAULTS.mesh,
    server: choiceOf(valueOf, 'server', SERVERS, problems) ?? DEFAULTS.server,
    purpose: choiceOf(valueOf, 'purpose', PURPOSES, problems) ?? DEFAULTS.purpose,
    clusterName: valueOf('clusterName'),
    region: valueOf('region') ?? DEFAULTS.region,
    version: valueOf('version'),
    networkId: valueOf('networkId'),
    queueUrl: valueOf('queueUrl'),
    bucket: valueOf('bucket') ?? DEFAULTS.bucket,
    certificateArn: valueOf('certificateArn') ?? DEFAULTS.certificateArn,
    trustStoreArn: valueOf('trustStoreArn') ?? DEFAULTS.trustStoreArn,
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}

/** One of the choices of a key; anything else is a problem. */
export function choiceOf<T extends string>(
  valueOf: ValueOf,
  key: string,
  choices: readonly T[],
  problems: Problem[],
): T | undefined {
  const given = valueOf(key);
  const choice = choices.find((one) => one === given);
  if (given !== undefined && choice === undefined) {
    problems.push({
      at: `inference:${key}`,
      got: `"${given}"`,
      expected: choices.join(', '),
      fix: `choose one with ${variableOf(key)}, or with: pulumi config set inference:${key} NAME`,
    });
  }
  return choice;
}

/** Environment variable of a key: `INFERENCE_TRUST_STORE_ARN`. */
export function variableOf(key: string): string {
  return `INFERENCE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
