import { Checks } from '../core/checks';
import { requireSubdomain } from '../core/names';
import { holdsPrivateKey, isAuthority, parseCertificates } from './x509';

/** Where the certificates of an authority are. */
export type TrustSource =
  | { readonly kind: 'Secret'; readonly name: string }
  | { readonly kind: 'ConfigMap'; readonly pem: string }
  | { readonly kind: 'TrustStore'; readonly arn: string };

/** Whose signature on a certificate counts. Only its public side: private keys never come near a manifest. */
export class CertificateAuthority {
  /**
   * A Secret with the certificates in the key `ca.crt`, as all gateways read it; `pki secret` writes one.
   * @throws ConfigurationError when the name is not one of a Secret
   */
  public static fromSecret(name: string): CertificateAuthority {
    const checks = new Checks('CertificateAuthority.fromSecret');
    requireSubdomain(checks, 'name', name, 'give the name of the Secret');
    checks.finish();
    return new CertificateAuthority({ kind: 'Secret', name });
  }

  /**
   * The certificates themselves; they go into a ConfigMap, and lists of revoked certificates are checked
   * against them.
   * @param pem the issuing authority and all above it, PEM
   * @throws ConfigurationError when it holds anything but certificates of authorities
   */
  public static fromPem(pem: string): CertificateAuthority {
    const checks = new Checks('CertificateAuthority.fromPem');
    const certificates = parseCertificates(pem);
    checks.require(!holdsPrivateKey(pem), 'pem', () => ({
      got: 'a private key',
      expected: 'certificates only',
      fix: 'keep the key out of the repository, and replace it if it has been there',
    }));
    checks.require(certificates.length > 0 && certificates.every(isAuthority), 'pem', () => ({
      got: `${certificates.length} certificates, ${certificates.filter(isAuthority).length} of them of an authority`,
      expected: 'one or more certificates of authorities (CA:TRUE), PEM',
      fix: 'give the certificates of the authority, not those that it has issued',
    }));
    checks.finish();
    return new CertificateAuthority({ kind: 'ConfigMap', pem });
  }

  /**
   * A trust store of AWS load balancers, by its ARN or name. The cloud side makes it.
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html
   * @throws ConfigurationError when it is empty or holds spaces
   */
  public static trustStore(arn: string): CertificateAuthority {
    const checks = new Checks('CertificateAuthority.trustStore');
    checks.require(/^[\w:/-]+$/.test(arn), 'arn', () => ({
      got: `"${arn}"`,
      expected: 'the ARN or the name of a trust store',
      fix: 'give the ARN, such as arn:aws:elasticloadbalancing:eu-west-1:111122223333:truststore/clients/1a2b3c',
    }));
    checks.finish();
    return new CertificateAuthority({ kind: 'TrustStore', arn });
  }

  private constructor(
    /** @internal */
    public readonly source: TrustSource,
  ) {
    Object.freeze(this);
  }
}
