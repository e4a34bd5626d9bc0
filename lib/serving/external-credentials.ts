/*
 * Credentials that live in a vault and reach the cluster by the External Secrets operator, which must be
 * installed. Git sees names only.
 */
import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import {
  ExternalSecret,
  ExternalSecretSpecSecretStoreRefKind,
} from '../../imports/external-secret';
import { guardApp } from '../core/app-guards';
import { Checks } from '../core/checks';
import { requireSubdomain, requireName } from '../core/names';
import { SecretReference } from './secret-reference';

const DEFAULTS = { refreshInterval: Duration.hours(1) } as const;

/** Where one key of the Secret comes from. */
export interface RemoteKey {
  /** Name of the entry in the vault. */
  readonly entry: string;
  /**
   * Field of the entry.
   * @default - the whole entry
   */
  readonly field?: string;
}

/** Options of external credentials. */
export interface ExternalCredentialsProps {
  /** Name of the ExternalSecret and of the Secret that it makes; DNS label. */
  readonly name: string;
  /** Name of the store that the operator reads from. */
  readonly store: string;
  /**
   * Whether the store is a ClusterSecretStore rather than a SecretStore of the namespace.
   * @default false
   */
  readonly clusterStore?: boolean;
  /** Keys of the Secret, such as `token`; key → where its value comes from. At least one. */
  readonly keys: Readonly<Record<string, RemoteKey>>;
  /**
   * How often the operator looks for new values, 1 minute or more.
   * @default Duration.hours(1)
   */
  readonly refreshInterval?: Duration;
}

/**
 * A Secret that the External Secrets operator keeps equal to entries of a vault. Creates one ExternalSecret.
 *
 * @throws ConfigurationError when a name is malformed, no key is given or the interval is too short
 * @see https://external-secrets.io/latest/api/externalsecret/ (v1, operator 2.9)
 * @example
 * import { App } from 'cdk8s';
 * import { ExternalCredentials, ServingChart } from 'inference-constructs';
 *
 * const chart = new ServingChart(new App(), 'llm', { namespace: 'llm' });
 * const credentials = new ExternalCredentials(chart, 'Hub', {
 *   name: 'hugging-face',
 *   store: 'vault',
 *   keys: { token: { entry: 'ml/hugging-face', field: 'token' } },
 * });
 * credentials.reference; // goes to ModelSource.huggingFace(..., { credentials })
 */
export class ExternalCredentials extends Construct {
  /** The Secret, for those who need it. */
  public readonly reference: SecretReference;

  public readonly externalSecret: ExternalSecret;

  public constructor(scope: Construct, id: string, props: ExternalCredentialsProps) {
    super(scope, id);
    this.check(props);
    this.externalSecret = this.makeExternalSecret(props);
    this.reference = SecretReference.fromExternalSecret(props.name);
    guardApp(this);
  }

  private check({ name, store, keys, refreshInterval }: ExternalCredentialsProps): void {
    const checks = new Checks(this.node.path);
    requireName(checks, 'name', name);
    requireSubdomain(checks, 'store', store, 'give the name of the store');
    checks.require(Object.keys(keys).length > 0, 'keys', () => ({
      got: 'none',
      expected: 'at least one key',
      fix: 'name the keys of the Secret and where they come from',
    }));
    for (const [key, { entry }] of Object.entries(keys)) {
      checks.require(/^[-._a-zA-Z0-9]+$/.test(key) && entry !== '', `keys["${key}"]`, () => ({
        got: `"${key}" from "${entry}"`,
        expected: 'a key of letters, digits, "-", "_" and ".", and the name of an entry',
        fix: 'correct the key or name the entry',
      }));
    }
    checks.require((refreshInterval?.toSeconds() ?? 60) >= 60, 'refreshInterval', () => ({
      got: `${String(refreshInterval?.toSeconds())} s`,
      expected: 'at least 60 s',
      fix: 'ask the vault less often',
    }));
    checks.finish();
  }

  private makeExternalSecret(props: ExternalCredentialsProps): ExternalSecret {
    const { CLUSTER_SECRET_STORE, SECRET_STORE } = ExternalSecretSpecSecretStoreRefKind;
    const interval = props.refreshInterval ?? DEFAULTS.refreshInterval;
    return new ExternalSecret(this, 'Resource', {
      metadata: { name: props.name },
      spec: {
        refreshInterval: `${interval.toSeconds()}s`,
        secretStoreRef: {
          name: props.store,
          kind: props.clusterStore ? CLUSTER_SECRET_STORE : SECRET_STORE,
        },
        target: { name: props.name },
        data: Object.entries(props.keys).map(([secretKey, { entry, field }]) => ({
          secretKey,
          remoteRef: { key: entry, ...(field !== undefined && { property: field }) },
        })),
      },
    });
  }
}
