/*
 * Everything that makes manifests. Never loads Pulumi: clusters are in `inference-constructs/cloud`.
 */
export {
  AddonIdentity,
  type AddonIdentityProps,
  type IdentityTarget,
  type Permission,
} from './addons/addon-identity';
export type { AddonObjects, AddonProps, AddonTransforms } from './addons/addon';
export { ClusterAutoscaler, type ClusterAutoscalerProps } from './addons/cluster-autoscaler';
export { DcgmExporter, type DcgmExporterProps } from './addons/dcgm-exporter';
export { HelmAddon, type HelmAddonProps } from './addons/helm-addon';
export { HelmChart, type ChartTarget, type HelmChartDefinition } from './addons/helm-chart';
export { HelmDelivery } from './addons/helm-delivery';
export { MetricsServer, MetricsServerTls, type MetricsServerProps } from './addons/metrics-server';
export {
  NodeTerminationHandler,
  type NodeTerminationHandlerProps,
} from './addons/node-termination-handler';
export { NvidiaDevicePlugin, type NvidiaDevicePluginProps } from './addons/nvidia-device-plugin';

export { Cpu } from './core/cdk8s-plus';
export { ConfigurationError, type Problem } from './core/configuration-error';
export { ImageLock, type ImageLockOptions } from './core/image-lock';
export { ClusterScopedObject, KubernetesObject } from './core/kubernetes-object';
export type { PlainObject } from './core/custom-resource';
export { Platform } from './core/platform';
export { NetworkPeer } from './core/network-peer';
export type { Amounts } from './core/quantities';
export { ServingChart, type ServingChartProps } from './core/serving-chart';
export { warningsOf, type Warning } from './core/warnings';

export { IngressCapability } from './ingress/ingress-capability';
export type {
  BackendTls,
  IngressBackend,
  IngressController,
  IngressExposure,
  IngressTimeouts,
  SecureGrpcIngressProps,
} from './ingress/ingress-props';
export { IngressProvider } from './ingress/ingress-provider';
export type { IngressProviderDefinition } from './ingress/ingress-provider-definition';
export {
  RevocationListRefresh,
  type RevocationListRefreshProps,
} from './ingress/revocation-list-refresh';
export { SecureGrpcIngress } from './ingress/secure-grpc-ingress';

export { ArgoRollout, type ArgoRolloutProps, type RolloutAnalysis } from './mesh/argo-rollout';
export { Canary, type CanaryProps } from './mesh/canary';
export { GrpcStatus } from './mesh/grpc-status';
export { LoadBalancing } from './mesh/load-balancing';
export { MeshCaller } from './mesh/mesh-caller';
export { MeshControlPlane, type MeshControlPlaneProps } from './mesh/mesh-control-plane';
export { MeshJob, type MeshJobProps } from './mesh/mesh-job';
export { MeshCapability } from './mesh/mesh-capability';
export type { ServiceMeshDefinition } from './mesh/mesh-definition';
export {
  MutualTls,
  type CircuitBreaker,
  type Fault,
  type MeshGateway,
  type MeshRoute,
  type MeshSidecar,
  type Retries,
  type RouteMatch,
  type RouteTarget,
  type ServiceMeshRoutingProps,
  type WeightedTarget,
} from './mesh/mesh-props';
export { ServiceMesh } from './mesh/service-mesh';
export { ServiceMeshRouting } from './mesh/service-mesh-routing';
export { Shadow, type ShadowProps } from './mesh/shadow';

export { Accelerator } from './nodes/accelerator';
export { NodeCloud, type Allocatable } from './nodes/cloud';
export { InstanceShape, type InstanceShapeProps } from './nodes/instance-shape';
export { CapacityKind, CpuManagerPolicy } from './nodes/capacity';
export { NodePool, type ExistingNodePoolProps, type NodePoolProps } from './nodes/node-pool';
export { ProcessorRequirement, type Architecture, type Processor } from './nodes/processor';
export {
  SpotAllocationStrategy,
  SpotProvisioning,
  type KarpenterOptions,
  type SelfManagedOptions,
} from './nodes/spot-provisioning';
export type { Taint } from './nodes/taint';

export { Indicator } from './observability/indicator';
export {
  ModelMonitoring,
  type ModelMonitoringProps,
  type MonitoredEndpoint,
} from './observability/model-monitoring';
export type { ServiceObjective } from './observability/objective';
export { InferenceCall, type TensorSpec } from './observability/load/inference-call';
export { LoadPattern } from './observability/load/load-pattern';
export { LoadTest, type HostTarget, type LoadTestProps } from './observability/load/load-test';

export { EndpointRoute, type EndpointRouteProps } from './openshift/endpoint-route';
export { ImageBuild, type ImageBuildProps } from './openshift/image-build';
export { OpenVinoOperatorModelServer } from './openshift/openvino-operator-model-server';
export { StaticCpuNodes, type StaticCpuNodesProps } from './openshift/static-cpu-nodes';

export { Certificate } from './pki/certificate';
export { CertificateAuthority } from './pki/certificate-authority';
export type { ClientAuthentication } from './pki/client-authentication';
export { ClientIdentity, IdentityKind } from './pki/client-identity';
export { RevocationList } from './pki/revocation-list';

export { Autoscaling } from './scaling/autoscaling';
export type { AutoscalingProps, AutoscalingTransforms } from './scaling/autoscaling-props';
export type { ExternalMetricOptions } from './scaling/policies/external-metric';
export type { PrometheusQueryOptions } from './scaling/policies/prometheus-query';
export type { ScheduleOptions } from './scaling/policies/schedule';
export {
  PrometheusServer,
  type InClusterOptions,
  type PrometheusUrlOptions,
} from './scaling/prometheus-server';
export { RequestObserver } from './scaling/request-observer';
export type { ScalingBehavior } from './scaling/scaling-behavior';
export { ScalingPolicy } from './scaling/scaling-policy';

export { ClusterServingRuntime, ServingRuntime } from './serverless/serving-runtime';
export type { ServingRuntimeProps } from './serverless/serving-runtime';
export type { ComponentContainerOptions } from './serverless/component-container';
export type { ComponentScaling, KnativeScaling } from './serverless/component-scaling-props';
export { DeploymentMode } from './serverless/deployment-mode';
export { Detector, type DetectorProps } from './serverless/detector';
export { GraphNode, type GraphStep, type WeightedStep } from './serverless/graph-node';
export { InferenceGraph, type InferenceGraphProps } from './serverless/inference-graph';
export { InferenceService } from './serverless/inference-service';
export type {
  ArtExplainerOptions,
  CanaryRevision,
  ComponentPodOptions,
  ExplainerProps,
  InferenceServiceProps,
  PayloadLogging,
  PredictorProps,
  TransformerProps,
} from './serverless/inference-service-props';
export { KnativeFeature, type KnativeInstallation } from './serverless/knative';
export type { KServeFormat } from './serverless/kserve-format';
export { KServeRuntime, type KServeRuntimeOptions } from './serverless/kserve-runtime';
export { LocalModelCache, type LocalModelCacheProps } from './serverless/local-model-cache';
export { ModelDownloader, type ModelDownloaderProps } from './serverless/model-downloader';
export { PayloadLog, type PayloadLogProps, type PayloadSink } from './serverless/payload-log';
export type { PayloadConsumer } from './serverless/payload-pipeline';
export { PayloadStore, type S3StoreOptions } from './serverless/payload-store';
export { TrainedModel, type TrainedModelProps } from './serverless/trained-model';

export { Batching } from './serving/batching';
export type { CustomEngineDefinition } from './serving/custom-engine';
export { DisruptionBudget, type PodShare } from './serving/disruption-budget';
export {
  Ensemble,
  TensorType,
  type EnsembleOptions,
  type EnsembleStep,
  type EnsembleTensor,
} from './serving/ensemble';
export {
  ServerPort,
  type MetricsReader,
  type ModelEndpoint,
  type ScaleTarget,
  type ScalingFacts,
  type ServerTls,
} from './serving/endpoint';
export { ServingEngine } from './serving/engine';
export {
  Protocol,
  type EngineDefinition,
  type EngineInput,
  type EngineLoad,
  type EngineModel,
  type EngineProbes,
  type EngineRendering,
  type LatencyHistogram,
} from './serving/engine-definition';
export {
  ExternalCredentials,
  type ExternalCredentialsProps,
  type RemoteKey,
} from './serving/external-credentials';
export type { MeshMembership } from './serving/mesh-membership';
export { Model, ModelFormat, type ModelOptions } from './serving/model';
export { ModelCache } from './serving/model-cache';
export type { ModelAssignment } from './serving/model-assignment';
export { ModelServer } from './serving/model-server';
export type {
  ModelServerProps,
  ModelServerTransforms,
  NetworkAccess,
} from './serving/model-server-props';
export { ModelSource } from './serving/model-source';
export { SharedModelServers, type SharedModelServersProps } from './serving/shared-model-servers';
export { WarmModelCache, type WarmModelCacheProps } from './serving/warm-model-cache';
export { QualityOfService, type BurstableOptions } from './serving/quality-of-service';
export { SecretReference } from './serving/secret-reference';
export type { AzureBlobOptions } from './serving/sources/azure-blob';
export type { GcsOptions } from './serving/sources/gcs';
export type { HuggingFaceOptions } from './serving/sources/hugging-face';
export type { OciImageOptions } from './serving/sources/oci-image';
export type { PvcOptions } from './serving/sources/pvc';
export type { S3Options } from './serving/sources/s3';

export {
  ServingNamespace,
  type NamespaceQuota,
  type ServingNamespaceProps,
} from './tenancy/serving-namespace';
export { Tenant, type TenantProps } from './tenancy/tenant';
