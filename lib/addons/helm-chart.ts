/*
 * Software that a cluster needs and the library has no construct of its own for, as pinned charts: the contract of
 * a chart and the registry of those that ship with the library. A new chart is one file in `charts/` and one line.
 * A chart is a plain value: `HelmRelease` of the entry `./cloud` installs it, `HelmAddon` hands it to Flux or Argo CD.
 */
import { awsLoadBalancerController } from './charts/aws-load-balancer-controller';
import { certManager } from './charts/cert-manager';
import { envoyGateway } from './charts/envoy-gateway';
import { istioBase } from './charts/istio-base';
import { istioCni } from './charts/istio-cni';
import { istiod } from './charts/istiod';
import { keda } from './charts/keda';
import { knativeOperator } from './charts/knative-operator';
import { kserve } from './charts/kserve';
import { kserveCrds } from './charts/kserve-crds';
import { prometheusStack } from './charts/prometheus-stack';
import type { AddonIdentity } from './addon-identity';
import type { PodPlacement } from '../nodes/system-placement';

/** What a chart may know of the cluster that it is installed in. */
export interface ChartTarget {
  readonly clusterName: string;
  readonly region: string;
  /** Id of the network: text, or what becomes text while Pulumi deploys; undefined if nobody said. */
  readonly networkId: unknown;
  /** Puts pods on the pool for control software. */
  readonly placement: PodPlacement;
}

/** One chart. */
export interface HelmChartDefinition {
  readonly id: string;
  /** Its OCI address, or its name in `repository`. */
  readonly chart: string;
  /**
   * Address of the repository, of charts that are not in an OCI registry.
   * @default - none: `chart` is an OCI address
   */
  readonly repository?: string;
  /** Exact version. */
  readonly version: string;
  /** Namespace that it is installed in. */
  readonly namespace: string;
  /**
   * Ids of the clouds that it is for.
   * @default - all
   */
  readonly clouds?: readonly string[];
  /**
   * Whether its pods run on the pool for control software; others run on every node, or there are none.
   * @default true
   */
  readonly placed?: boolean;
  /**
   * Whether its settings name the network.
   * @default false
   */
  readonly needsNetworkId?: boolean;
  /** Its settings. */
  values(target: ChartTarget): Readonly<Record<string, unknown>>;
  /**
   * Service account of its pods that may do something in the cloud, and what.
   * @default - none
   */
  readonly identity?: AddonIdentity;
}

/** Charts that a `HelmRelease` can install. */
export class HelmChart {
  private static readonly registered = new Map<string, HelmChart>();

  /** AWS Load Balancer Controller: load balancers for Ingresses and Services on EKS. */
  public static readonly AWS_LOAD_BALANCER_CONTROLLER =
    HelmChart.register(awsLoadBalancerController);
  /** cert-manager: certificates from issuers, such as those of `Certificate.fromIssuer`. */
  public static readonly CERT_MANAGER = HelmChart.register(certManager);
  /** Envoy Gateway: what `IngressProvider.ENVOY_GATEWAY` needs. */
  public static readonly ENVOY_GATEWAY = HelmChart.register(envoyGateway);
  /** Istio's custom resource definitions: the first of its charts. */
  public static readonly ISTIO_BASE = HelmChart.register(istioBase);
  /** Istio's CNI plugin: without it, pods of a mesh do not pass Pod Security "restricted". */
  public static readonly ISTIO_CNI = HelmChart.register(istioCni);
  /** Istio's control plane: what `ServiceMesh.ISTIO` needs, after the two others. */
  public static readonly ISTIOD = HelmChart.register(istiod);
  /** KEDA: scaling by queues and metrics, and to zero. */
  public static readonly KEDA = HelmChart.register(keda);
  /** The operator of Knative, which installs what `DeploymentMode.KNATIVE` needs by a KnativeServing. */
  public static readonly KNATIVE_OPERATOR = HelmChart.register(knativeOperator);
  /** KServe's custom resource definitions: the first of its charts. */
  public static readonly KSERVE_CRDS = HelmChart.register(kserveCrds);
  /** KServe's controller: what `InferenceService` needs. */
  public static readonly KSERVE = HelmChart.register(kserve);
  /** Prometheus and its operator: what scaling by requests, queues and GPUs asks, and what monitoring reads. */
  public static readonly PROMETHEUS_STACK = HelmChart.register(prometheusStack);

  /** A chart of your own. */
  public static custom(definition: HelmChartDefinition): HelmChart {
    return new HelmChart(definition);
  }

  /** Every chart that ships with the library; contract tests run over these. */
  public static all(): readonly HelmChart[] {
    return [...this.registered.values()];
  }

  private static register(definition: HelmChartDefinition): HelmChart {
    if (this.registered.has(definition.id))
      throw new Error(`chart "${definition.id}" is registered twice`);
    const chart = new HelmChart(definition);
    this.registered.set(definition.id, chart);
    return chart;
  }

  private constructor(
    /** @internal */
    public readonly definition: HelmChartDefinition,
  ) {}

  /** Rights that its pods need in the cloud; none if it needs none. */
  public get identity(): AddonIdentity | undefined {
    return this.definition.identity;
  }
}
