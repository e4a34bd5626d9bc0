/*
 * An image that the cluster builds from a Git repository. Builds run privileged, whatever they build: they belong into
 * a namespace of their own, and pods elsewhere pull what comes out.
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/builds_using_buildconfig (4.16)
 */
import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { RoleBinding } from 'kubernetes-types/rbac/v1';
import { BuildConfig } from '../../imports/build-config';
import { ImageStream } from '../../imports/image-stream';
import { Checks } from '../core/checks';
import { customResource, type PlainObject } from '../core/custom-resource';
import { KubernetesObject } from '../core/kubernetes-object';
import { standardLabels } from '../core/labels';
import { toDns } from '../core/name-resolution';
import { requireName } from '../core/names';
import { Platform } from '../core/platform';

/** Registry of OpenShift, as pods of the cluster call it. */
const REGISTRY = 'image-registry.openshift-image-registry.svc:5000';

/** Builds that are kept for people to look at, of each outcome. */
const HISTORY = 5;

/** A commit, or a tag that names a version. */
const PINNED = /^(?:[0-9a-f]{40}|v?\d+(?:\.\d+)+)$/;

/** Options of a build. */
export interface ImageBuildProps {
  /** Name of the image; DNS label, at most 50 characters. */
  readonly name: string;
  /** Git repository, `https://…`. */
  readonly repository: string;
  /** Commit (40 hexadecimal digits), or a tag such as `v1.2.3`: branches move. */
  readonly ref: string;
  /**
   * Directory of the repository that is built.
   * @default - the whole repository
   */
  readonly contextDir?: string;
  /**
   * Path of the Dockerfile in that directory.
   * @default 'Dockerfile'
   */
  readonly dockerfile?: string;
  /**
   * Namespaces whose pods may pull the image.
   * @default - that of the build only
   */
  readonly pullableFrom?: readonly string[];
}

/**
 * Builds an image with Docker when it is declared and whenever its declaration changes. Creates an ImageStream, a
 * BuildConfig, a NetworkPolicy that lets builds reach public HTTPS, and RoleBindings for those that pull it.
 *
 * @throws ConfigurationError when the ref can move, the repository is no https URL, or a name or path is invalid
 * @example
 * import { App } from 'cdk8s';
 * import { ImageBuild, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'builds', { namespace: 'ovms-builds' });
 * const client = new ImageBuild(chart, 'Client', {
 *   name: 'client-cpp',
 *   repository: 'https://github.com/openvinotoolkit/model_server',
 *   ref: '469582ff3fdd8b9757c67bf24ed34834a27821c3',
 *   contextDir: 'example_client/cpp',
 * });
 * console.log(client.image);
 */
export class ImageBuild extends Construct {
  /** The image, as pods name it; its tag changes with the ref. */
  public readonly image: string;
  public readonly imageStream: KubernetesObject<PlainObject>;
  public readonly buildConfig: KubernetesObject<PlainObject>;
  public readonly networkPolicy: KubernetesObject<NetworkPolicy>;

  private readonly labels: Record<string, string>;

  public constructor(scope: Construct, id: string, props: ImageBuildProps) {
    super(scope, id);
    const { namespace } = Chart.of(this);
    this.check(props, namespace);
    const { name, ref } = props;
    // A new ref is another image: what pods run is what their manifest says.
    const tag = ref.slice(0, 12);
    this.image = `${REGISTRY}/${namespace ?? ''}/${name}:${tag}`;
    this.labels = standardLabels({ name: 'image', instance: name, component: 'build' });

    this.imageStream = new KubernetesObject<PlainObject>(
      this,
      'Resource',
      customResource(ImageStream, {
        metadata: { name, labels: this.labels },
        spec: { lookupPolicy: { local: false } },
      }),
    );
    this.buildConfig = this.makeBuildConfig(props, tag);
    this.networkPolicy = this.makeNetworkPolicy(name);
    for (const puller of props.pullableFrom ?? []) this.makePuller(name, puller);
  }

  private check(
    { name, repository, ref, contextDir, dockerfile, pullableFrom = [] }: ImageBuildProps,
    namespace: string | undefined,
  ): void {
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name, '-build'.length + 7);
    checks.require(namespace !== undefined, 'namespace', () => ({
      got: 'a chart without a namespace',
      expected: 'the namespace of the builds',
      fix: 'use ServingChart, or give the chart a namespace',
    }));
    checks.require(/^https:\/\/[\w.-]+\/[\w./-]+$/.test(repository), 'repository', () => ({
      // Not to be found in a log.
      got: `"${repository.replace(/\/\/[^/]*@/, '//…@')}"`,
      expected: 'an https URL without credentials',
      fix: 'correct it; keep credentials in a Secret of the builder',
    }));
    checks.require(PINNED.test(ref), 'ref', () => ({
      got: `"${ref}"`,
      expected: 'a commit of 40 hexadecimal digits, or a tag such as v1.2.3',
      fix: 'pin it: from a branch, the same manifest builds another image tomorrow',
    }));
    for (const [property, path] of Object.entries({ contextDir, dockerfile }))
      checks.require(
        path === undefined || (/^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.includes('..')),
        property,
        () => ({
          got: `"${path ?? ''}"`,
          expected: 'a path inside of the repository',
          fix: 'correct it',
        }),
      );
    for (const puller of pullableFrom) requireName(checks, 'pullableFrom', puller);
    checks.finish();
  }

  private makeBuildConfig(
    { name, repository, ref, contextDir, dockerfile = 'Dockerfile' }: ImageBuildProps,
    tag: string,
  ): KubernetesObject<PlainObject> {
    return new KubernetesObject<PlainObject>(
      this,
      'Build',
      customResource(BuildConfig, {
        metadata: { name: `${name}-build`, labels: this.labels },
        spec: {
          source: {
            type: 'Git',
            git: { uri: repository, ref },
            ...(contextDir !== undefined && { contextDir }),
          },
          strategy: { type: 'Docker', dockerStrategy: { dockerfilePath: dockerfile } },
          output: { to: { kind: 'ImageStreamTag', name: `${name}:${tag}` } },
          triggers: [{ type: 'ConfigChange' }],
          runPolicy: 'Serial',
          successfulBuildsHistoryLimit: HISTORY,
          failedBuildsHistoryLimit: HISTORY,
        },
      }),
    );
  }

  private makeNetworkPolicy(name: string): KubernetesObject<NetworkPolicy> {
    return new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `${name}-build`, labels: this.labels },
      spec: {
        podSelector: { matchLabels: { 'openshift.io/build.config.name': `${name}-build` } },
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          toDns(Platform.OPENSHIFT),
          {
            // Git, and base images.
            to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }],
            ports: [{ port: 443, protocol: 'TCP' }],
          },
          {
            to: [
              {
                namespaceSelector: {
                  matchLabels: { 'kubernetes.io/metadata.name': 'openshift-image-registry' },
                },
              },
            ],
            ports: [{ port: 5000, protocol: 'TCP' }],
          },
        ],
      },
    });
  }

  private makePuller(name: string, namespace: string): void {
    new KubernetesObject<RoleBinding>(this, `Puller-${namespace}`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `${name}-pulled-from-${namespace}`, labels: this.labels },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'system:image-puller',
      },
      subjects: [
        {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'Group',
          name: `system:serviceaccounts:${namespace}`,
        },
      ],
    });
  }
}
