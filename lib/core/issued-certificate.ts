/*
 * Certificates that cert-manager issues and renews.
 */
import { Certificate } from '../../imports/cert-manager-certificate';
import { customResource, type PlainObject } from './custom-resource';

/** A certificate of a server, or of an authority. */
export interface IssuedCertificateOptions {
  readonly metadata: PlainObject['metadata'];
  readonly secretName: string;
  readonly issuer: { readonly name: string; readonly clusterIssuer: boolean };
  /** Names that clients call the server by; none makes it an authority. */
  readonly dnsNames: readonly string[];
}

/** A Certificate of the namespace of its chart. */
export function issuedCertificate(options: IssuedCertificateOptions): PlainObject {
  const { metadata, secretName, issuer, dnsNames } = options;
  return customResource(Certificate, {
    metadata,
    spec: {
      secretName,
      ...(dnsNames.length > 0
        ? { dnsNames: [...dnsNames], usages: ['digital signature', 'server auth'] as const }
        : { isCa: true, commonName: metadata.name }),
      issuerRef: {
        group: 'cert-manager.io',
        kind: issuer.clusterIssuer ? 'ClusterIssuer' : 'Issuer',
        name: issuer.name,
      },
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    },
  });
}
