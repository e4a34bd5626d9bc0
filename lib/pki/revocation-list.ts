import type { Duration } from 'cdk8s';
import { Checks } from '../core/checks';
import { requireSubdomain } from '../core/names';
import { parseCertificates, parseRevocationLists, type ParsedRevocationList } from './x509';
import type { CertificateAuthority } from './certificate-authority';

/** Least and most time between two renewals, in minutes. */
const EVERY_MINUTES = { least: 5, most: 24 * 60 } as const;

/** A list that ends within this time deserves a warning. */
const NEAR_DAYS = 7;

const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** Where the list comes from. */
export type RevocationSource =
  | { readonly kind: 'Secret'; readonly name: string }
  | {
      readonly kind: 'Pem';
      readonly pem: string;
      readonly lists: readonly ParsedRevocationList[];
      readonly warning: string | undefined;
    }
  | { readonly kind: 'Url'; readonly url: string; readonly everyMinutes: number }
  | { readonly kind: 'TrustStore' };

/**
 * The certificates that count no longer (CRL, RFC 5280). Proxies refuse everyone once a list has expired or
 * one authority of the chain has none: renewing it in time is part of running it.
 */
export class RevocationList {
  /**
   * A Secret with the lists of all authorities of the chain in the key `ca.crl`, as all gateways read it;
   * `pki secret` writes one. May be the Secret of the authority.
   * @throws ConfigurationError when the name is not one of a Secret
   */
  public static fromSecret(name: string): RevocationList {
    const checks = new Checks('RevocationList.fromSecret');
    requireSubdomain(checks, 'name', name, 'give the name of the Secret');
    checks.finish();
    return new RevocationList({ kind: 'Secret', name });
  }

  /**
   * The lists themselves; they go into a ConfigMap. Warns when one ends within seven days.
   * @param pem one list for each authority of the chain, PEM
   * @param options `asOf`: the time at which the lists must be valid; the library has no clock
   * @throws ConfigurationError when there is no list, or one has ended or not yet begun
   */
  public static fromPem(pem: string, options: { readonly asOf: Date }): RevocationList {
    const checks = new Checks('RevocationList.fromPem');
    const lists = parseRevocationLists(pem);
    const { asOf } = options;
    checks.require(lists.length > 0, 'pem', () => ({
      got: 'no list that can be read',
      expected: 'one or more blocks "X509 CRL"',
      fix: 'give the list as `pki crl` or `openssl ca -gencrl` writes it, PEM',
    }));
    for (const { thisUpdate, nextUpdate } of lists) {
      checks.require(nextUpdate !== undefined && nextUpdate > asOf, 'pem', () => ({
        got: `a list that ends at ${nextUpdate?.toISOString() ?? 'no time'}`,
        expected: `one that is valid at ${asOf.toISOString()}`,
        fix: 'make a new list; with an expired one, proxies refuse every client',
      }));
      checks.require(thisUpdate <= asOf, 'pem', () => ({
        got: `a list that begins at ${thisUpdate.toISOString()}`,
        expected: `one that is valid at ${asOf.toISOString()}`,
        fix: 'make a new list, or correct the clock of whoever made it',
      }));
    }
    checks.finish();
    const soonest = Math.min(...lists.map(({ nextUpdate }) => Number(nextUpdate)));
    const near = soonest - asOf.getTime() < NEAR_DAYS * DAY_MILLIS;
    const warning = near
      ? `a list of revoked certificates ends at ${new Date(soonest).toISOString()}`
      : undefined;
    return new RevocationList({ kind: 'Pem', pem, lists, warning });
  }

  /**
   * A list that the authority publishes. Adds a CronJob that fetches it, checks its signature and dates, and
   * only then exchanges the key `ca.crl` of the authority's Secret.
   * @param url address of the list, PEM or DER, `http` or `https` (the list is signed)
   * @param options `every`: time between two looks, 5 minutes to a day, a divisor of an hour or of a day
   * @throws ConfigurationError when the address or the time is out of range
   */
  public static fromUrl(url: string, options: { readonly every: Duration }): RevocationList {
    const checks = new Checks('RevocationList.fromUrl');
    checks.require(/^https?:\/\/[A-Za-z0-9.-]+(:\d+)?\/[\w./%~-]*$/.test(url), 'url', () => ({
      got: `"${url}"`,
      expected: 'http://… or https://… without a query',
      fix: 'give the address of the distribution point',
    }));
    const minutes = options.every.toSeconds() / 60;
    const { least, most } = EVERY_MINUTES;
    const divides = minutes < 60 ? 60 % minutes === 0 : most % minutes === 0 && minutes % 60 === 0;
    checks.require(minutes >= least && minutes <= most && divides, 'every', () => ({
      got: `${minutes} min`,
      expected: `${least} min to ${most / 60} h, a divisor of an hour or whole hours that divide a day`,
      fix: 'set every to, say, Duration.minutes(15)',
    }));
    checks.finish();
    return new RevocationList({ kind: 'Url', url, everyMinutes: minutes });
  }

  /** The lists in the authority's trust store: AWS checks them; the cloud side adds them there. */
  public static readonly IN_TRUST_STORE = new RevocationList({ kind: 'TrustStore' });

  private constructor(
    /** @internal */
    public readonly source: RevocationSource,
  ) {
    Object.freeze(this);
  }

  /**
   * Subjects of the authorities that have no list here; empty where either side is not known.
   * @internal
   */
  public missingFor({ source: trust }: CertificateAuthority): readonly string[] {
    if (this.source.kind !== 'Pem' || trust.kind !== 'ConfigMap') return [];
    const { lists } = this.source;
    return parseCertificates(trust.pem)
      .filter((authority) => !lists.some((list) => list.isSignedBy(authority)))
      .map(({ subject }) => subject.replaceAll('\n', ', '));
  }

  /**
   * Count of lists that none of the authorities has signed; 0 where either side is not known.
   * @internal
   */
  public foreignTo({ source: trust }: CertificateAuthority): number {
    if (this.source.kind !== 'Pem' || trust.kind !== 'ConfigMap') return 0;
    const authorities = parseCertificates(trust.pem);
    return this.source.lists.filter(
      (list) => !authorities.some((authority) => list.isSignedBy(authority)),
    ).length;
  }
}
