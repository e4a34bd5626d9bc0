/*
 * A claim that is filled once, by a Job, and read by every pod that serves the model: no download when a pod starts.
 * With a class of local volumes it is on the node that the Job ran on; with one that many nodes may read it is everywhere.
 */
import { Chart, type Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { PersistentVolumeClaim, PodSpec, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import { Checks } from '../core/checks';
import { digest } from '../core/digest';
import { KubernetesObject } from '../core/kubernetes-object';
import { selectorLabels, standardLabels } from '../core/labels';
import { toDns } from '../core/name-resolution';
import { requireName, requireSubdomain } from '../core/names';
import { platformOf } from '../core/platform';
import { memoryQuantity, mibOf } from '../core/quantities';
import { containerSecurity, podSecurity } from '../core/restricted-pod';
import type { NodePool } from '../nodes/node-pool';
import { downloader, secretVolume } from './model-volumes';
import { ModelSource } from './model-source';
import { affinity, tolerations } from './placement';
import { egressRule } from './workload';

const ROOT = '/mnt/cache';

const USER = { uid: 65_532, gid: 65_532 };

/** Directory of a model below the root of the claim: another one for each source, so that none is read half-way. */
const DIGITS = 12;

/** Options of a cache. */
export interface WarmModelCacheProps {
  /** Name of the claim and of the Job; DNS label, at most 50 characters. */
  readonly name: string;
  /** The model; one that is downloaded. */
  readonly model: ModelSource;
  /** Size of its files. The claim has room for two, so that the next one can be brought while the last one is read. */
  readonly modelSize: Size;
  /**
   * StorageClass of the claim.
   * @default - the cluster's default
   */
  readonly storageClassName?: string;
  /**
   * Who may mount the claim at a time.
   * @default 'ReadWriteMany'
   */
  readonly accessMode?: 'ReadWriteMany' | 'ReadWriteOnce';
  /**
   * Pools on which the Job may run; for local volumes those of the servers.
   * @default - any node without taints
   */
  readonly placement?: readonly NodePool[];
}

/**
 * Keeps a model warm on a claim. Creates a PersistentVolumeClaim, a Job that fills it, a ServiceAccount and a
 * NetworkPolicy. The next model is a next Job; give `source` to the servers.
 *
 * @throws ConfigurationError when the model is not one that can be downloaded, or a name is malformed
 * @example
 * import { App, Size } from 'cdk8s';
 * import {
 *   Accelerator, Cpu, Model, ModelServer, ModelSource, ServingChart, ServingEngine, WarmModelCache,
 * } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'llm', { namespace: 'llm' });
 * const cache = new WarmModelCache(chart, 'Cache', {
 *   name: 'qwen-7b',
 *   model: ModelSource.gcs('gs://models/qwen-7b/'),
 *   modelSize: Size.gibibytes(15),
 *   storageClassName: 'filestore',
 * });
 * new ModelServer(chart, 'Llm', {
 *   name: 'llm',
 *   engine: ServingEngine.VLLM,
 *   model: Model.of('qwen-7b', cache.source),
 *   accelerator: Accelerator.nvidia(1),
 *   cpu: Cpu.units(6),
 *   memory: Size.gibibytes(24),
 * });
 */
export class WarmModelCache extends Construct {
  /** The model where the cache has it, for servers of the namespace. */
  public readonly source: ModelSource;
  public readonly job: KubernetesObject<Job>;

  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;
  private readonly directory: string;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: WarmModelCacheProps,
  ) {
    super(scope, id);
    this.check();
    const { name, model } = props;
    const identity = { name: 'model-cache', instance: name };
    this.labels = standardLabels({ ...identity, component: 'model-cache' });
    this.selector = selectorLabels(identity);
    this.directory = digest(model.toString(), DIGITS);
    this.source = ModelSource.pvc(name, { path: this.directory });

    this.makeClaim();
    new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, labels: this.labels },
      automountServiceAccountToken: false,
    });
    this.job = this.makeJob();
    this.makeNetworkPolicy();
  }

  private check(): void {
    const { name, model, storageClassName, placement = [] } = this.props;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, DIGITS + 1);
    checks.require(model.definition.delivery.via === 'pull', 'model', () => ({
      got: model.toString(),
      expected: 'a model in a bucket or on a web server',
      fix: 'copy it to a bucket, or drop the cache: models on claims and in images are with their pods already',
    }));
    if (storageClassName !== undefined)
      requireSubdomain(checks, 'storageClassName', storageClassName, 'give the name of the class');
    checks.requireUnique(
      placement.map((pool) => pool.name),
      'placement',
      'every pool once',
      'remove the repeated pool',
    );
    checks.require(Chart.of(this).namespace !== undefined, 'name', () => ({
      got: 'a chart without a namespace',
      expected: 'the namespace of the servers',
      fix: 'use ServingChart, or give the chart a namespace',
    }));
    checks.finish();
  }

  private makeClaim(): void {
    const { name, modelSize, storageClassName, accessMode = 'ReadWriteMany' } = this.props;
    const storage = memoryQuantity(Math.ceil(2.2 * mibOf(modelSize)));
    new KubernetesObject<PersistentVolumeClaim>(this, 'Claim', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, labels: this.labels },
      spec: {
        accessModes: [accessMode],
        ...(storageClassName !== undefined && { storageClassName }),
        resources: { requests: { storage } },
      },
    });
  }

  private makeJob(): KubernetesObject<Job> {
    return new KubernetesObject<Job>(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      // The pod of a Job cannot change: another model is another Job.
      metadata: { name: `${this.props.name}-${this.directory}`, labels: this.labels },
      spec: {
        backoffLimit: 10,
        template: { metadata: { labels: this.labels }, spec: this.podSpec() },
      },
    });
  }

  private podSpec(): PodSpec {
    const { name, model, placement = [] } = this.props;
    const { delivery } = model.definition;
    if (delivery.via !== 'pull') throw new Error('the checks let a model pass that is not pulled');
    const secret = secretVolume(model, 'credentials');
    const mounts = [
      { name: 'cache', mountPath: ROOT },
      { name: 'tmp', mountPath: '/tmp' },
    ];
    const taints = tolerations(placement);
    const amounts = { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' };
    return {
      restartPolicy: 'OnFailure',
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurity(platformOf(this), USER, true),
      ...(placement.length > 0 && { affinity: affinity(placement, this.selector) }),
      ...(taints.length > 0 && { tolerations: taints }),
      containers: [
        {
          name: 'pull',
          ...downloader(delivery, `${ROOT}/${this.directory}`, { mounts, secret }),
          imagePullPolicy: 'Always',
          resources: { requests: amounts, limits: amounts },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          securityContext: containerSecurity(),
        },
      ],
      volumes: [
        { name: 'cache', persistentVolumeClaim: { claimName: name } },
        { name: 'tmp', emptyDir: { sizeLimit: '512Mi' } },
        ...(secret ? [secret] : []),
      ],
    };
  }

  private makeNetworkPolicy(): void {
    new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: this.props.name, labels: this.labels },
      spec: {
        podSelector: { matchLabels: { ...this.selector } },
        policyTypes: ['Ingress', 'Egress'],
        egress: [toDns(platformOf(this)), ...this.props.model.definition.egress.map(egressRule)],
      },
    });
  }
}
