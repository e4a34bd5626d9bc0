/*
 * Everything that reaches clusters through Pulumi. Loads no cdk8s: a chart is whatever has `toJson()`. Loads the SDK
 * of a cloud when the first of its resources is declared.
 */
export {
  AddonIdentity,
  type AddonIdentityProps,
  type IdentityTarget,
  type Permission,
} from './addons/addon-identity';
export { AddonAccess, type AddonAccessArgs } from './clusters/addon-access';
export { Cloud } from './clusters/cloud';
export { Cluster, type ClusterArgs, type ICluster } from './clusters/cluster';
export { HelmChart, type ChartTarget, type HelmChartDefinition } from './addons/helm-chart';
export { HelmRelease, type HelmReleaseArgs } from './clusters/helm-release';
export { Manifests, type ManifestSource, type ManifestsArgs } from './clusters/manifests';
export { ModelAccess, type ModelAccessArgs } from './clusters/model-access';
export {
  ModelBucket,
  type ExistingBucketArgs,
  type IModelBucket,
  type ModelBucketArgs,
} from './clusters/model-bucket';
export { Network, type ExistingNetworkArgs, type NetworkArgs } from './clusters/network';
export {
  NodeGroup,
  SpotNodeGroup,
  type NodeGroupArgs,
  type SpotNodeGroupArgs,
} from './clusters/node-group';
export { NatGateways, NodeImage, ReleaseChannel } from './clusters/specs';
export {
  SpotAllocationStrategy,
  SpotProvisioning,
  type KarpenterOptions,
  type SelfManagedOptions,
} from './nodes/spot-provisioning';
