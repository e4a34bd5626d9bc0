import { Checks } from '../core/checks';
import { requireSubdomain } from '../core/names';
import { holdsPrivateKey, parseCertificates } from './x509';

/** Where the certificate of a server and its key come from. */
export type CertificateSource =
  | { readonly kind: 'Secret'; readonly name: string; readonly pem: string | undefined }
  | { readonly kind: 'Issuer'; readonly name: string; readonly clusterIssuer: boolean }
  | { readonly kind: 'Acm'; readonly arn: string }
  | { readonly kind: 'CertificateMap'; readonly name: string };

/** A server's certificate, by reference: its private key never appears in a manifest. */
export class Certificate {
  /**
   * A Secret of type `kubernetes.io/tls`.
   * @param options `pem`: the certificate in it, so that its names can be checked; without the key
   * @throws ConfigurationError when the name is not one of a Secret, or `pem` is no certificate
   */
  public static fromSecret(name: string, options: { readonly pem?: string } = {}): Certificate {
    const checks = new Checks('Certificate.fromSecret');
    requireSubdomain(checks, 'name', name, 'give the name of the Secret');
    const { pem } = options;
    checks.require(pem === undefined || !holdsPrivateKey(pem), 'pem', () => ({
      got: 'a private key',
      expected: 'the certificate only',
      fix: 'keep the key out of the repository, and replace it if it has been there',
    }));
    checks.require(pem === undefined || parseCertificates(pem).length > 0, 'pem', () => ({
      got: 'no certificate',
      expected: 'the certificate of the server, PEM',
      fix: 'give the content of tls.crt',
    }));
    checks.finish();
    return new Certificate({ kind: 'Secret', name, pem });
  }

  /**
   * One that cert-manager gets from an issuer, and renews.
   * @param options `clusterIssuer`: whether it is a ClusterIssuer rather than an Issuer of the namespace
   * @throws ConfigurationError when the name is not one of an issuer
   * @see https://cert-manager.io/docs/usage/certificate/ (v1.21)
   */
  public static fromIssuer(
    name: string,
    options: { readonly clusterIssuer?: boolean } = {},
  ): Certificate {
    const checks = new Checks('Certificate.fromIssuer');
    requireSubdomain(checks, 'name', name, 'give the name of the issuer');
    checks.finish();
    return new Certificate({ kind: 'Issuer', name, clusterIssuer: options.clusterIssuer ?? false });
  }

  /**
   * One of AWS Certificate Manager; AWS load balancers take no other.
   * @throws ConfigurationError when it is no ARN of a certificate
   */
  public static fromAcm(arn: string): Certificate {
    const checks = new Checks('Certificate.fromAcm');
    checks.require(
      /^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/.test(arn),
      'arn',
      () => ({
        got: `"${arn}"`,
        expected: 'arn:aws:acm:<region>:<account>:certificate/<id>',
        fix: 'give the ARN as the console or the cloud side of the stack prints it',
      }),
    );
    checks.finish();
    return new Certificate({ kind: 'Acm', arn });
  }

  /**
   * Those of a certificate map of Google's Certificate Manager.
   * @throws ConfigurationError when the name is no resource name
   * @see https://cloud.google.com/certificate-manager/docs/deploy-google-managed-regional
   */
  public static fromCertificateMap(name: string): Certificate {
    const checks = new Checks('Certificate.fromCertificateMap');
    checks.require(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name), 'name', () => ({
      got: `"${name}"`,
      expected: 'lower-case letters, digits and "-", at most 63',
      fix: 'give the name of the certificate map, without its path',
    }));
    checks.finish();
    return new Certificate({ kind: 'CertificateMap', name });
  }

  private constructor(
    /** @internal */
    public readonly source: CertificateSource,
  ) {
    Object.freeze(this);
  }

  /**
   * Name of the Secret with the certificate and its key.
   * @param owner name of the ingress, after which the Secret is called that an issuer fills
   * @internal
   */
  public secretName(owner: string): string | undefined {
    if (this.source.kind === 'Secret') return this.source.name;
    return this.source.kind === 'Issuer' ? `${owner}-tls` : undefined;
  }

  /**
   * Whether the certificate covers a host; true where it is not known.
   * @param host DNS name, or `*.` and one
   * @internal
   */
  public covers(host: string): boolean {
    if (this.source.kind !== 'Secret' || this.source.pem === undefined) return true;
    const [certificate] = parseCertificates(this.source.pem);
    // A wildcard covers one label, whichever: any will do to ask.
    return certificate?.checkHost(host.replace(/^\*\./, 'any.')) !== undefined;
  }
}
