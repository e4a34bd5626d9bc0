/*
 * Models that KServe keeps on the disks of nodes, so that pods start without a download. Assumes KServe's controller of
 * local models (chart `kserve-localmodel-resources`) and `localModel.enabled` in its configuration.
 * @see https://kserve.github.io/website/docs/model-serving/generative-inference/modelcache/localmodel (0.20)
 */
import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { LocalModelCache as CacheBinding } from '../../imports/local-model-cache';
import { LocalModelNodeGroup as GroupBinding } from '../../imports/local-model-node-group';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { ClusterScopedObject } from '../core/kubernetes-object';
import { POOL_LABEL, standardLabels } from '../core/labels';
import { requireName, requireSubdomain } from '../core/names';
import { memoryQuantity, memoryText, mibOf } from '../core/quantities';
import type { NodePool } from '../nodes/node-pool';
import type { ModelSource } from '../serving/model-source';
import { isDownloaded, storageUriOf } from './storage-uri';

/** Room beside the models: file systems and partial downloads. */
const OVERHEAD = 1.1;

/** Options of a cache. */
export interface LocalModelCacheProps {
  /** Name of its objects; DNS label. */
  readonly name: string;
  /** The model that is kept; services name the same source. */
  readonly model: ModelSource;
  /** Size of its files. */
  readonly modelSize: Size;
  /** Pools whose nodes keep it. */
  readonly placement: readonly NodePool[];
  /** Directory of the nodes' disks, such as that of local SSDs; an absolute path. */
  readonly nodePath: string;
  /**
   * StorageClass without provisioner by which KServe's claims find its volumes.
   * @default 'local-storage'
   */
  readonly storageClassName?: string;
}

const DEFAULTS = { storageClassName: 'local-storage' } as const;

/**
 * Keeps a model on the disks of the nodes of pools. Creates a LocalModelCache, and a LocalModelNodeGroup with as much
 * room as the model takes. Both belong to the cluster, not to a namespace.
 *
 * @throws ConfigurationError when the model is not one that is downloaded, or does not fit the disks of a pool
 * @example
 * import { App, Size } from 'cdk8s';
 * import { LocalModelCache, ModelSource, NodePool, ServingChart } from 'inference-constructs';
 *
 * const pool = NodePool.gkeSpot('l4', {
 *   instanceTypes: ['g2-standard-8'], diskSize: Size.gibibytes(200), min: 0, max: 4,
 * });
 * const chart = new ServingChart(new App(), 'llm', { namespace: 'llm' });
 * new LocalModelCache(chart, 'Cache', {
 *   name: 'qwen-7b',
 *   model: ModelSource.gcs('gs://models/qwen-7b/'),
 *   modelSize: Size.gibibytes(15),
 *   placement: [pool],
 *   nodePath: '/mnt/stateful_partition/models',
 * });
 */
export class LocalModelCache extends Construct {
  public readonly name: string;
  public readonly model: ModelSource;
  /** Pools whose nodes keep it. */
  public readonly placement: readonly NodePool[];

  public constructor(scope: Construct, id: string, props: LocalModelCacheProps) {
    super(scope, id);
    this.check(props);
    const { name, model, modelSize, placement } = props;
    this.name = name;
    this.model = model;
    this.placement = placement;
    const labels = standardLabels({
      name: 'local-model-cache',
      instance: name,
      component: 'model-cache',
    });
    const group = nodeGroup(props, labels);
    new ClusterScopedObject<PlainObject>(this, 'NodeGroup', group);
    new ClusterScopedObject<PlainObject>(
      this,
      'Resource',
      customResource(CacheBinding, {
        metadata: { name, labels },
        spec: {
          sourceModelUri: storageUriOf(model) ?? '',
          modelSize: { value: memoryQuantity(mibOf(modelSize)) },
          nodeGroups: [group.metadata.name],
        },
      }),
    );
  }

  private check(props: LocalModelCacheProps): void {
    const { name, model, modelSize, placement, nodePath, storageClassName } = props;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name);
    checks.require(isDownloaded(model), 'model', () => ({
      got: model.toString(),
      expected: 'a model that pods download',
      fix: 'drop the cache: such a model is with its pods already',
    }));
    checks.require(placement.length > 0, 'placement', () => ({
      got: 'no pool',
      expected: 'at least one',
      fix: 'name the pools whose nodes keep the model',
    }));
    const needed = Math.ceil(mibOf(modelSize) * OVERHEAD);
    for (const { name: pool, allocatable } of placement)
      checks.require(needed <= allocatable.ephemeralStorageMib, 'modelSize', () => ({
        got: `${memoryText(needed)} of disk`,
        expected: `at most ${memoryText(allocatable.ephemeralStorageMib)} (${pool})`,
        fix: "raise the pool's diskSize",
      }));
    checks.require(/^(\/[\w.-]+)+$/.test(nodePath) && !nodePath.includes('..'), 'nodePath', () => ({
      got: `"${nodePath}"`,
      expected: 'an absolute directory',
      fix: 'name a directory of the nodes that may be written',
    }));
    if (storageClassName !== undefined)
      requireSubdomain(checks, 'storageClassName', storageClassName, 'give the name of the class');
    checks.finish();
  }
}

/** The nodes of the pools, and the room that each of them has. */
function nodeGroup(
  { name, modelSize, placement, nodePath, storageClassName }: LocalModelCacheProps,
  labels: Record<string, string>,
): PlainObject {
  const storage = memoryQuantity(Math.ceil(mibOf(modelSize) * OVERHEAD));
  const shared = {
    accessModes: ['ReadOnlyMany'],
    storageClassName: storageClassName ?? DEFAULTS.storageClassName,
  };
  return customResource(GroupBinding, {
    metadata: { name, labels },
    spec: {
      storageLimit: { value: storage },
      persistentVolumeSpec: {
        ...shared,
        capacity: { storage },
        volumeMode: 'Filesystem',
        local: { path: nodePath },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: POOL_LABEL, operator: 'In', values: placement.map((pool) => pool.name) },
                ],
              },
            ],
          },
        },
      },
      persistentVolumeClaimSpec: { ...shared, resources: { requests: { storage } } },
    },
  });
}
