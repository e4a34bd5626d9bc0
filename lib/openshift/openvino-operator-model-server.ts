/*
 * A model server that Intel's OpenVINO operator runs. It takes the props of `ModelServer`, so that one word of code
 * chooses between the two; what the operator has no field for is refused. Assumes the operator to be installed.
 * @see https://github.com/openvinotoolkit/operator/blob/v1.2.0/docs/modelserver_params.md (1.2.0)
 */
import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { NetworkPolicy, NetworkPolicyIngressRule } from 'kubernetes-types/networking/v1';
import { ModelServer as OperatorResource } from '../../imports/openvino-model-server';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { toDns } from '../core/name-resolution';
import type { NetworkPeer } from '../core/network-peer';
import { Platform } from '../core/platform';
import { cpuQuantity, memoryQuantity, mibOf, millisOf } from '../core/quantities';
import type { ModelEndpoint, ServerPort } from '../serving/endpoint';
import { Protocol } from '../serving/engine-definition';
import { toControlPlane, type MeshMembership } from '../serving/mesh-membership';
import type { Model } from '../serving/model';
import type { ModelServerProps } from '../serving/model-server-props';
import { declaredOpenings, egressRule } from '../serving/workload';
import { checkOperatorServer, operatorModel, storageOf } from './operator-checks';

/** Ports of the operator's examples. */
const PORTS = { grpc: 8080, http: 8081 } as const;

const DEFAULTS = { replicas: 2 } as const;

/**
 * Runs one model on OpenVINO Model Server by the operator's `ModelServer` (`intel.com/v1alpha1`). Creates that
 * resource, from which the operator makes a Deployment and a Service of the same name, and a NetworkPolicy that denies
 * all that was not declared.
 *
 * @throws ConfigurationError with every prop that the operator has no field for, besides what is wrong with the others
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Cpu, Model, ModelSource, OpenVinoOperatorModelServer, ServingChart, ServingEngine,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'ovms', { namespace: 'ovms' });
 * new OpenVinoOperatorModelServer(chart, 'Server', {
 *   name: 'ovms-sample',
 *   engine: ServingEngine.OPENVINO,
 *   model: Model.of('resnet', ModelSource.gcs('gs://ovms-public-eu/resnet50-binary', { anonymous: true })),
 *   cpu: Cpu.units(4),
 *   memory: Size.mebibytes(500),
 * });
 */
export class OpenVinoOperatorModelServer extends Construct implements ModelEndpoint {
  public readonly serviceName: string;
  public readonly namespace: string | undefined;
  public readonly ports: { readonly grpc: number; readonly http: number } = PORTS;
  public readonly metricsPort = PORTS.http;
  public readonly protocols = [Protocol.KSERVE_V2_GRPC, Protocol.KSERVE_V2_REST] as const;
  public readonly canServeTls = false;
  public readonly canLimitRequests = false;
  public readonly podLabels: Readonly<Record<string, string>>;
  public readonly versionLabels: Readonly<Record<string, string>> = {};

  public readonly modelServer: KubernetesObject<PlainObject>;
  public readonly networkPolicy: KubernetesObject<NetworkPolicy>;

  private readonly openings: NetworkPolicyIngressRule[] = [];
  private mesh: MeshMembership | undefined;

  public constructor(scope: Construct, id: string, props: ModelServerProps) {
    super(scope, id);
    const checks = new Checks(this.node.path);
    checkOperatorServer(checks, props);
    checks.finish();
    this.serviceName = props.name;
    this.namespace = Chart.of(this).namespace;
    // The operator installs a release of that name for each server.
    this.podLabels = { release: props.name };
    for (const { peer, ports } of declaredOpenings(props.networkAccess, PORTS))
      this.allowFrom(peer, ...ports);

    const labels = standardLabels({
      name: 'model-server',
      instance: props.name,
      component: 'openvino-operator',
    });
    const model = operatorModel(props);
    const manifest = (): PlainObject => this.render(props, model, labels);
    this.modelServer = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      manifest(),
      () => manifest().spec,
    );
    this.networkPolicy = this.makeNetworkPolicy(props.name, model, labels);
  }

  public allowFrom(peer: NetworkPeer, ...ports: readonly ServerPort[]): void {
    const numbers = { ...PORTS, metrics: PORTS.http };
    this.openings.push({
      from: [peer.definition],
      ports: ports.map((port) => ({ port: numbers[port], protocol: 'TCP' })),
    });
  }

  public limitRequests(maxBytes: number): void {
    this.refuse('limitRequests', `${maxBytes} bytes`, 'bound requests in front of it');
  }

  public serveTls(): void {
    this.refuse('serveTls', 'a certificate', 'let a mesh encrypt the way');
  }

  public joinMesh(membership: MeshMembership): void {
    if (membership.sidecar === undefined)
      this.refuse('joinMesh', membership.mesh, 'choose a mesh with sidecars');
    this.mesh = membership;
  }

  private refuse(property: string, got: string, fix: string): void {
    const checks = new Checks(this.node.path);
    checks.require(false, property, () => ({
      got,
      expected: 'what the operator has a field for',
      fix: `use ModelServer, or ${fix}`,
    }));
    checks.finish();
  }

  private render(
    { name, image, engine, cpu, memory, replicas = DEFAULTS.replicas }: ModelServerProps,
    model: Model,
    labels: Record<string, string>,
  ): PlainObject {
    const { uri, delivery } = model.source.definition;
    const amounts = { cpu: cpuQuantity(millisOf(cpu)), memory: memoryQuantity(mibOf(memory)) };
    const claim = delivery.via === 'volume' ? delivery.volume.persistentVolumeClaim : undefined;
    const storageType = storageOf(uri);
    const cores = Math.max(1, Math.floor(millisOf(cpu) / 1000));
    return customResource(OperatorResource, {
      metadata: { name, labels },
      spec: {
        imageName: image ?? engine.definition.images.cpu ?? '',
        deploymentParameters: {
          replicas,
          // Equal, so that pods get cores of their own where the nodes give them.
          resources: { requests: amounts, limits: amounts },
          ...(this.mesh && { openshiftServiceMesh: true }),
        },
        serviceParameters: {
          grpcPort: PORTS.grpc,
          restPort: PORTS.http,
          serviceType: 'ClusterIP',
        },
        modelsSettings: {
          singleModelMode: true,
          modelName: model.name,
          modelPath: claim
            ? `/models/${delivery.via === 'volume' ? (delivery.subPath ?? '') : ''}`
            : uri,
          targetDevice: 'CPU',
          pluginConfig: JSON.stringify({
            PERFORMANCE_HINT: 'LATENCY',
            INFERENCE_NUM_THREADS: cores,
          }),
        },
        serverSettings: { fileSystemPollWaitSeconds: 0, logLevel: 'INFO' },
        modelsRepository: claim
          ? { storageType: 'cluster', modelsVolumeClaim: claim.claimName }
          : { ...(storageType && { storageType }) },
        monitoring: { metricsEnable: true },
      },
    });
  }

  private makeNetworkPolicy(
    name: string,
    model: Model,
    labels: Record<string, string>,
  ): KubernetesObject<NetworkPolicy> {
    const sources = model.source.definition.egress.map(egressRule);
    return new KubernetesObject<NetworkPolicy>(
      this,
      'NetworkPolicy',
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, labels } },
      () => ({
        podSelector: { matchLabels: { ...this.podLabels } },
        policyTypes: ['Ingress', 'Egress'],
        ...(this.openings.length > 0 && { ingress: this.openings }),
        egress: [toDns(Platform.OPENSHIFT), ...toControlPlane(this.mesh), ...sources],
      }),
    );
  }
}
