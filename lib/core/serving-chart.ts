import { Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { guardApp } from './app-guards';
import { Checks } from './checks';
import { requireLabels, requireName } from './names';
import { Platform, setPlatform } from './platform';

/** Options of a `ServingChart`. */
export interface ServingChartProps {
  /** Namespace of all objects in the chart; DNS label, never `default`. */
  readonly namespace: string;
  /**
   * What the objects belong to, as label `app.kubernetes.io/part-of`; a label value.
   * @default - the namespace
   */
  readonly partOf?: string;
  /**
   * Further labels of every object; label key → value.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Whether the chart is for testing: only there may things go wrong on purpose.
   * @default false
   */
  readonly forTesting?: boolean;
  /**
   * What kind of cluster it is for.
   * @default Platform.KUBERNETES
   */
  readonly platform?: Platform;
}

/** Context under which constructs find out whether they are in a chart for testing. */
const FOR_TESTING = 'inference-constructs:for-testing';

/** Whether a construct is in a chart that is marked for testing. */
export function isForTesting(scope: IConstruct): boolean {
  return scope.node.tryGetContext(FOR_TESTING) === true;
}

/**
 * A chart that is safe to commit: every object has its namespace, its name comes from props, and the
 * app that holds it fails on objects that overwrite each other and on Pulumi Outputs in manifests.
 * Creates nothing by itself.
 *
 * @throws ConfigurationError when the namespace is no DNS label or is `default`, or a label is invalid
 * @example
 * import { App } from 'cdk8s';
 * import { ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 */
export class ServingChart extends Chart {
  /** Namespace of all objects in the chart. */
  public override readonly namespace: string;

  public constructor(scope: Construct, id: string, props: ServingChartProps) {
    const partOf = props.partOf ?? props.namespace;
    super(scope, id, {
      namespace: props.namespace,
      disableResourceNameHashes: true,
      labels: { ...props.labels, 'app.kubernetes.io/part-of': partOf },
    });
    this.namespace = props.namespace;
    this.node.setContext(FOR_TESTING, props.forTesting ?? false);
    setPlatform(this, props.platform ?? Platform.KUBERNETES);
    this.check(props, partOf);
    guardApp(this);
  }

  private check({ namespace, labels = {} }: ServingChartProps, partOf: string): void {
    const checks = new Checks(this.node.path);
    requireName(checks, 'namespace', namespace);
    checks.require(namespace !== 'default', 'namespace', () => ({
      got: '"default"',
      expected: 'a namespace of its own',
      fix: 'name one, so that quotas, Pod Security and network policies hold for these pods alone',
    }));
    requireLabels(checks, 'labels', { ...labels, 'app.kubernetes.io/part-of': partOf });
    checks.finish();
  }
}
