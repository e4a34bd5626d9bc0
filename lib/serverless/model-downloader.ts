/*
 * What brings models into the pods of KServe: its storage initializer, with room for large models. KServe's own has 1 GiB
 * of memory, which large files do not fit, and cannot be sized by the service (kserve/kserve#5162).
 * @see https://kserve.github.io/website/docs/model-serving/storage/storage-containers (0.20)
 */
import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { ClusterStorageContainer as Binding } from '../../imports/cluster-storage-container';
import type { Cpu } from '../core/cdk8s-plus';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { requirePinnedImage } from '../core/image-reference';
import { ClusterScopedObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { requireName } from '../core/names';
import { cpuQuantity, memoryQuantity, memoryText, mibOf, millisOf } from '../core/quantities';
import { containerSecurity } from '../core/restricted-pod';

const DEFAULTS = {
  image: 'kserve/storage-initializer:v0.20.0',
  cpuMillis: 1000,
  memoryMib: 4096,
  prefixes: ['gs://', 's3://', 'hf://', 'https://'],
} as const;

/** Options of a downloader. */
export interface ModelDownloaderProps {
  /** Name of the ClusterStorageContainer; DNS label. */
  readonly name: string;
  /**
   * Addresses that it is for, by how they begin.
   * @default ['gs://', 's3://', 'hf://', 'https://']
   */
  readonly prefixes?: readonly string[];
  /**
   * CPU that it requests.
   * @default Cpu.units(1)
   */
  readonly cpu?: Cpu;
  /**
   * Memory that it requests, and its limit; 256 MiB or more.
   * @default Size.gibibytes(4)
   */
  readonly memory?: Size;
  /**
   * Image, pinned by digest or fixed tag.
   * @default 'kserve/storage-initializer:v0.20.0'
   */
  readonly image?: string;
}

/**
 * Sizes, pins and restricts what downloads models for KServe. Creates a ClusterStorageContainer, which services name.
 *
 * @throws ConfigurationError when the image can change, or the memory is too little for the downloader itself
 * @example
 * import { App, Size } from 'cdk8s';
 * import { ModelDownloader, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'kserve', { namespace: 'kserve' });
 * const downloader = new ModelDownloader(chart, 'Downloader', {
 *   name: 'large-models',
 *   memory: Size.gibibytes(8),
 * });
 * downloader.name; // goes to services, as predictor.downloader
 */
export class ModelDownloader extends Construct {
  /** Name of the ClusterStorageContainer. */
  public readonly name: string;
  public readonly storageContainer: ClusterScopedObject<PlainObject>;
  private readonly prefixes: readonly string[];

  public constructor(scope: Construct, id: string, props: ModelDownloaderProps) {
    super(scope, id);
    const { name, prefixes = DEFAULTS.prefixes, image = DEFAULTS.image } = props;
    const memory = props.memory ? mibOf(props.memory) : DEFAULTS.memoryMib;
    const cpu = props.cpu ? millisOf(props.cpu) : DEFAULTS.cpuMillis;
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name);
    requirePinnedImage(checks, 'image', image);
    checks.require(memory >= 256, 'memory', () => ({
      got: memoryText(memory),
      expected: 'at least 256 MiB',
      fix: 'raise memory',
    }));
    for (const prefix of prefixes)
      checks.require(/^[a-z0-9+]+:\/\/\S*$/.test(prefix), 'prefixes', () => ({
        got: `"${prefix}"`,
        expected: 'how addresses begin, such as s3://',
        fix: 'correct the prefix',
      }));
    checks.finish();
    this.name = name;
    this.prefixes = prefixes;
    const labels = standardLabels({
      name: 'model-downloader',
      instance: name,
      component: 'kserve',
    });
    this.storageContainer = new ClusterScopedObject<PlainObject>(
      this,
      'Resource',
      customResource(Binding, {
        metadata: { name, labels },
        spec: {
          container: {
            name: 'storage-initializer',
            image,
            imagePullPolicy: 'Always',
            resources: {
              requests: {
                cpu: { value: cpuQuantity(cpu) },
                memory: { value: memoryQuantity(memory) },
              },
              limits: { memory: { value: memoryQuantity(memory) } },
            },
            // It keeps temporary files, and KServe gives it no volume for them.
            securityContext: {
              ...containerSecurity(false),
              seccompProfile: { type: 'RuntimeDefault' },
            },
            terminationMessagePolicy: 'FallbackToLogsOnError',
          },
          supportedUriFormats: prefixes.map((prefix) => ({ prefix })),
        },
      }),
    );
  }

  /** Whether it is for an address. */
  public takes(uri: string): boolean {
    return this.prefixes.some((prefix) => uri.startsWith(prefix));
  }
}
