/*
 * Keeps a published list of revoked certificates in the Secret that a gateway reads. Three containers that
 * each can do one thing: fetch (network, no token), check (neither), write (token for one Secret). A list
 * that is not signed by the authority, or not valid now, never gets to the Secret.
 */
import { Construct } from 'constructs';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Container, PodSpec, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Role, RoleBinding } from 'kubernetes-types/rbac/v1';
import { Checks } from '../core/checks';
import { KubernetesObject } from '../core/kubernetes-object';
import { selectorLabels, standardLabels } from '../core/labels';
import { requireName, requireSubdomain } from '../core/names';
import { containerSecurity } from '../core/restricted-pod';
import type { RevocationList } from '../pki/revocation-list';

/** @see https://github.com/curl/curl-container/releases */
const FETCH_IMAGE = 'docker.io/curlimages/curl:8.15.0';
/** @see https://hub.docker.com/r/alpine/openssl */
const CHECK_IMAGE = 'docker.io/alpine/openssl:3.5.4';
/** @see https://kubernetes.io/releases/ (v1.35.4) */
const WRITE_IMAGE = 'registry.k8s.io/kubectl:v1.35.4';

const USER = 10001;

const SCRATCH = '/scratch';
const TRUST = '/trust';

/** Largest list that a Secret can hold beside the authorities, and that is worth fetching. */
const MAX_LIST_BYTES = 900_000;

/**
 * Ends with an error unless every list is signed by an authority and valid now, and no authority lacks one.
 * @internal
 */
export const CHECK_SCRIPT = `set -eu
cd ${SCRATCH}
openssl crl -inform DER -in fetched -out lists 2>/dev/null || cp fetched lists
rm -f list-*
awk '/-----BEGIN X509 CRL-----/{n++} n{print > ("list-" n)}' lists
now=$(date -u +%Y%m%d%H%M%S)
stamp() {
  openssl crl -in "$1" -noout "$2" | sed 's/^[A-Za-z]*=//' | awk '{
    split($3, t, ":")
    printf "%04d%02d%02d%02d%02d%02d", $4, (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3, $2, t[1], t[2], t[3]
  }'
}
for list in list-*; do
  # Some versions end with 0 in any case.
  openssl crl -in "$list" -noout -verify -CAfile ${TRUST}/ca.crt 2>&1 | grep -qx 'verify OK' ||
    { echo "$list is not signed by the authority"; exit 1; }
  [ "$(stamp "$list" -lastupdate)" -le "$now" ] || { echo "$list begins in the future"; exit 1; }
  [ "$(stamp "$list" -nextupdate)" -gt "$now" ] || { echo "$list has expired"; exit 1; }
  openssl crl -in "$list" -noout -issuer >> issuers
done
authorities=$(grep -c 'BEGIN CERTIFICATE' ${TRUST}/ca.crt)
[ "$(sort -u issuers | wc -l)" -ge "$authorities" ] || { echo 'an authority has no list'; exit 1; }
cat list-* | openssl base64 -A > encoded
printf '{"data":{"ca.crl":"%s"}}' "$(cat encoded)" > patch.json
`;

/** Options of a refresh. */
export interface RevocationListRefreshProps {
  /** Name of the objects; DNS label, at most 52 characters. */
  readonly name: string;
  /**
   * Namespace of the objects and of the Secret.
   * @default - that of the chart
   */
  readonly namespace?: string;
  /** The Secret with `ca.crt`, whose key `ca.crl` is kept fresh. */
  readonly secretName: string;
  /** Where the list is, and how often to look: `RevocationList.fromUrl`. */
  readonly list: RevocationList;
}

/**
 * Renews the list of revoked certificates in one Secret. Creates a CronJob, a ServiceAccount that may read and
 * change that Secret and nothing else, and a NetworkPolicy. `SecureGrpcIngress` adds one for a list by URL.
 *
 * @throws ConfigurationError when a name is malformed or the list is not one by URL
 * @example
 * import { App, Duration } from 'cdk8s';
 * import { RevocationList, RevocationListRefresh, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'serving', { namespace: 'serving' });
 * new RevocationListRefresh(chart, 'Refresh', {
 *   name: 'acme-clients-crl',
 *   secretName: 'acme-clients',
 *   list: RevocationList.fromUrl('https://pki.acme.example.com/clients.crl', {
 *     every: Duration.minutes(15),
 *   }),
 * });
 */
export class RevocationListRefresh extends Construct {
  private readonly labels: Record<string, string>;
  private readonly podLabels: Record<string, string>;
  private readonly url: string;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: RevocationListRefreshProps,
  ) {
    super(scope, id);
    const { url, everyMinutes } = this.check();
    this.url = url;
    const identity = { name: 'revocation-list-refresh', instance: props.name };
    this.labels = standardLabels({ ...identity, component: 'pki' });
    this.podLabels = selectorLabels(identity);

    this.makeAccess();
    this.makeCronJob(everyMinutes);
    this.makeNetworkPolicy();
  }

  private check(): { readonly url: string; readonly everyMinutes: number } {
    const { name, secretName, list } = this.props;
    const { source } = list;
    const checks = new Checks(this.node.path);
    // Names of Jobs and pods are made of it.
    requireName(checks, 'name', name, 11);
    requireSubdomain(checks, 'secretName', secretName, 'give the name of the Secret');
    checks.require(source.kind === 'Url', 'list', () => ({
      got: `a list of kind ${source.kind}`,
      expected: 'a list by URL',
      fix: 'use RevocationList.fromUrl',
    }));
    checks.finish();
    return source.kind === 'Url' ? source : { url: '', everyMinutes: 60 };
  }

  private get metadata(): { name: string; namespace?: string; labels: Record<string, string> } {
    const { name, namespace } = this.props;
    return { name, ...(namespace !== undefined && { namespace }), labels: this.labels };
  }

  private makeAccess(): void {
    const { name, namespace, secretName } = this.props;
    new KubernetesObject<ServiceAccount>(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: this.metadata,
      automountServiceAccountToken: false,
    });
    new KubernetesObject<Role>(this, 'Role', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: this.metadata,
      rules: [
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: [secretName],
          verbs: ['get', 'patch'],
        },
      ],
    });
    new KubernetesObject<RoleBinding>(this, 'RoleBinding', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: this.metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, ...(namespace !== undefined && { namespace }) }],
    });
  }

  private makeCronJob(everyMinutes: number): void {
    const schedule =
      everyMinutes < 60 ? `*/${everyMinutes} * * * *` : `0 */${everyMinutes / 60} * * *`;
    new KubernetesObject<CronJob>(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: this.metadata,
      spec: {
        schedule: everyMinutes === 1440 ? '0 0 * * *' : schedule,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 300,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 240,
            template: { metadata: { labels: this.labels }, spec: this.podSpec() },
          },
        },
      },
    });
  }

  private podSpec(): PodSpec {
    const { name, secretName } = this.props;
    const scratch = { name: 'scratch', mountPath: SCRATCH };
    return {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      initContainers: [
        container('fetch', FETCH_IMAGE, {
          command: ['curl'],
          args: [
            '--fail',
            '--silent',
            '--show-error',
            '--location',
            '--max-time',
            '60',
            '--max-filesize',
            String(MAX_LIST_BYTES),
            '--retry',
            '3',
            '--output',
            `${SCRATCH}/fetched`,
            this.url,
          ],
          volumeMounts: [scratch],
        }),
        container('check', CHECK_IMAGE, {
          command: ['/bin/sh', '-c', CHECK_SCRIPT],
          volumeMounts: [scratch, { name: 'trust', mountPath: TRUST, readOnly: true }],
        }),
      ],
      containers: [
        container('write', WRITE_IMAGE, {
          command: ['kubectl'],
          args: [
            'patch',
            'secret',
            secretName,
            '--type=merge',
            `--patch-file=${SCRATCH}/patch.json`,
            `--cache-dir=${SCRATCH}/cache`,
          ],
          volumeMounts: [
            scratch,
            {
              name: 'token',
              mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
              readOnly: true,
            },
          ],
        }),
      ],
      volumes: [
        { name: 'scratch', emptyDir: { sizeLimit: '16Mi' } },
        {
          name: 'trust',
          secret: { secretName, items: [{ key: 'ca.crt', path: 'ca.crt' }], defaultMode: 0o440 },
        },
        {
          name: 'token',
          projected: {
            defaultMode: 0o440,
            sources: [
              { serviceAccountToken: { path: 'token', expirationSeconds: 600 } },
              {
                configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
              },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
          },
        },
      ],
    };
  }

  /** Out to name servers, to where the list is, and to the API server; nobody in. */
  private makeNetworkPolicy(): void {
    const port = Number(/:(\d+)\//.exec(this.url)?.[1] ?? NaN);
    const own = this.url.startsWith('https:') ? 443 : 80;
    const ports = [...new Set([443, 6443, Number.isNaN(port) ? own : port])];
    new KubernetesObject<NetworkPolicy>(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: this.metadata,
      spec: {
        podSelector: { matchLabels: { ...this.podLabels } },
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          {
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
          { ports: ports.map((number) => ({ port: number, protocol: 'TCP' as const })) },
        ],
      },
    });
  }
}

function container(name: string, image: string, rest: Partial<Container>): Container {
  return {
    name,
    image,
    imagePullPolicy: 'Always',
    ...rest,
    resources: {
      requests: { cpu: '50m', memory: '64Mi', 'ephemeral-storage': '32Mi' },
      limits: { memory: '64Mi', 'ephemeral-storage': '32Mi' },
    },
    securityContext: containerSecurity(),
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}
