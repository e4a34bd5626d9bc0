import { Checks } from '../core/checks';
import { isHostName } from '../core/names';

/** Longest common name that X.520 allows (`ub-common-name`). */
const LONGEST_COMMON_NAME = 64;

/** What in a certificate names its holder. */
export enum IdentityKind {
  COMMON_NAME = 'common name',
  DNS_NAME = 'DNS name',
  URI = 'URI',
}

/**
 * A client, as its certificate names it. Always the whole name, letter by letter: never a part of it, and
 * never a certificate that has another name of the same kind besides.
 */
export class ClientIdentity {
  /**
   * The client whose subject has exactly this common name, and no other.
   * @param value 1 to 64 characters, in upper and lower case as in the certificate
   * @throws ConfigurationError when it is empty, too long or holds control characters
   */
  public static commonName(value: string): ClientIdentity {
    const checks = new Checks('ClientIdentity.commonName');
    checks.require(
      value.length > 0 && [...value].length <= LONGEST_COMMON_NAME && isPrintable(value),
      'value',
      () => ({
        got: JSON.stringify(value),
        expected: `1 to ${LONGEST_COMMON_NAME} characters, none of them a control character`,
        fix: 'give the common name as the certificate has it, without "CN="',
      }),
    );
    checks.finish();
    return new ClientIdentity(IdentityKind.COMMON_NAME, value);
  }

  /**
   * The client that has exactly this DNS name among its subject alternative names.
   * @throws ConfigurationError when it is no DNS name in lower case; a wildcard names nobody
   */
  public static dnsName(value: string): ClientIdentity {
    const checks = new Checks('ClientIdentity.dnsName');
    checks.require(isHostName(value), 'value', () => ({
      got: JSON.stringify(value),
      expected: 'a DNS name in lower case, without a wildcard',
      fix: 'give the name as the certificate has it',
    }));
    checks.finish();
    return new ClientIdentity(IdentityKind.DNS_NAME, value);
  }

  /**
   * The client that has exactly this URI among its subject alternative names, such as a SPIFFE ID.
   * @throws ConfigurationError when it is no URI with a scheme and a host
   * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
   */
  public static uri(value: string): ClientIdentity {
    const checks = new Checks('ClientIdentity.uri');
    checks.require(
      /^[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+$/.test(value),
      'value',
      () => ({
        got: JSON.stringify(value),
        expected: 'a URI such as spiffe://example.com/ns/cameras/sa/edge',
        fix: 'give the URI as the certificate has it',
      }),
    );
    checks.finish();
    return new ClientIdentity(IdentityKind.URI, value);
  }

  private constructor(
    public readonly kind: IdentityKind,
    public readonly value: string,
  ) {
    Object.freeze(this);
  }

  public toString(): string {
    return `${this.kind} "${this.value}"`;
  }
}

function isPrintable(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) && !/\p{Surrogate}/u.test(text);
}
