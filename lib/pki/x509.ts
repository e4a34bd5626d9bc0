/*
 * Reading of certificates and revocation lists, without a clock. Only public things come by here.
 * @see https://datatracker.ietf.org/doc/html/rfc5280
 */
import { X509Certificate, verify } from 'node:crypto';
import type * as schema from '@peculiar/asn1-schema';
import type * as x509 from '@peculiar/asn1-x509';

type Asn1 = typeof schema & typeof x509;

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** Hash algorithms by the object identifier of the signature algorithm; null where the key names it. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
};

/** One revocation list as far as it concerns us. */
export interface ParsedRevocationList {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Whether this authority's key has signed it. */
  isSignedBy(authority: X509Certificate): boolean;
}

/** The contents of all PEM blocks with such a label. */
function pemBlocks(text: string, label: string): Buffer[] {
  return [...text.matchAll(PEM_BLOCK)]
    .filter(([, found]) => found === label)
    .map(([, , base64 = '']) => Buffer.from(base64, 'base64'));
}

/** Whether the text holds anything that must stay private. */
export function holdsPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text);
}

/** All certificates of a PEM text; empty if there is none or one cannot be read. */
export function parseCertificates(text: string): readonly X509Certificate[] {
  try {
    return pemBlocks(text, 'CERTIFICATE').map((der) => new X509Certificate(der));
  } catch {
    return [];
  }
}

/** All revocation lists of a PEM text; empty if there is none or one cannot be read. */
export function parseRevocationLists(text: string): readonly ParsedRevocationList[] {
  try {
    return pemBlocks(text, 'X509 CRL').map(parseRevocationList);
  } catch {
    return [];
  }
}

function parseRevocationList(der: Buffer): ParsedRevocationList {
  const { AsnConvert, CertificateList } = asn1();
  const list = AsnConvert.parse(der, CertificateList);
  const { thisUpdate, nextUpdate } = list.tbsCertList;
  // As it was signed, byte for byte.
  const signed = Buffer.from(list.tbsCertListRaw ?? AsnConvert.serialize(list.tbsCertList));
  const digest = DIGESTS[list.signatureAlgorithm.algorithm];
  return {
    thisUpdate: thisUpdate.getTime(),
    nextUpdate: nextUpdate?.getTime(),
    isSignedBy: (authority) =>
      digest !== undefined &&
      verify(digest, signed, authority.publicKey, Buffer.from(list.signature)),
  };
}

/** Serial number as `X509Certificate.serialNumber` writes it. */
export function serialText(hex: string): string {
  return hex.replace(/^0+(?=.)/, '').toUpperCase();
}

/** Whether the certificate is an authority's own. */
export function isAuthority(certificate: X509Certificate): boolean {
  return certificate.ca;
}

/** Loaded on demand: most apps parse nothing, and it takes as long to load as all of cdk8s. */
function asn1(): Asn1 {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return { ...require('@peculiar/asn1-schema'), ...require('@peculiar/asn1-x509') } as Asn1;
}
