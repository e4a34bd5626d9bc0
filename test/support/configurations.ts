/*
 * Configurations of the Pulumi program: every stack, and every way to realise it.
 */
type Configuration = Readonly<Record<string, string>> & { readonly 'inference:stack': string };

const EKS = { 'aws:region': 'eu-west-1', 'inference:zones': 'eu-west-1a,eu-west-1b,eu-west-1c' };

const GKE = {
  'gcp:project': 'acme',
  'inference:zones': 'europe-west4-a,europe-west4-b,europe-west4-c',
};

const ARNS = {
  'inference:certificateArn': 'arn:aws:acm:eu-west-1:444455556666:certificate/1',
  'inference:trustStoreArn':
    'arn:aws:elasticloadbalancing:eu-west-1:444455556666:truststore/clients/1',
};

/** Title → configuration. */
export const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  'eks-spot-resnet': { ...EKS, ...ARNS, 'inference:stack': 'eks-spot-resnet' },
  'eks-spot-resnet with self-managed groups and Envoy Gateway': {
    ...EKS,
    'inference:stack': 'eks-spot-resnet',
    'inference:ingress': 'envoy-gateway',
    'inference:spotProvisioning': 'self-managed',
    'inference:natGateways': 'per-zone',
  },
  'eks-spot-resnet with Karpenter': {
    ...EKS,
    'inference:stack': 'eks-spot-resnet',
    'inference:ingress': 'envoy-gateway',
    'inference:spotProvisioning': 'karpenter',
    'inference:natGateways': 'none',
    'inference:createBucket': 'false',
  },
  'secure-xeon': { ...GKE, 'inference:stack': 'secure-xeon' },
  'secure-xeon on EKS': { ...EKS, 'inference:stack': 'secure-xeon', 'inference:cloud': 'eks' },
  'gke-gpu': { ...GKE, 'inference:stack': 'gke-gpu' },
  'kserve-serverless': { ...GKE, 'inference:stack': 'kserve-serverless' },
};
