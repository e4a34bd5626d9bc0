/*
 * Certificates of every shape that a gateway may meet, well-formed and not. What users make is made by the
 * library's own `pki`; these are for what an attacker would make.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
  type X509Certificate,
} from '@peculiar/x509';
import type { Subject } from './subjects';

const { subtle } = webcrypto;
const EC = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const DAY = 24 * 60 * 60 * 1000;

/** A certificate with its key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  /** Serial number, hexadecimal. */
  readonly serial: string;
}

/** What a certificate is to be like. */
export interface Shape {
  readonly subject: Subject;
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
  /** @default - client authentication */
  readonly usages?: readonly (keyof typeof ExtendedKeyUsage)[];
  /** Days from now. @default -1 */
  readonly from?: number;
  /** Days from now. @default 30 */
  readonly to?: number;
}

/** The name as it is, not as a text that would have to be read. */
function nameOf(subject: Subject): Name {
  return new Name(
    subject.map((relative) =>
      Object.fromEntries(
        Object.entries(relative).map(([type, values]) => [
          type,
          values.map((utf8String) => ({ utf8String })),
        ]),
      ),
    ),
  );
}

let serial = 4096;

/** A certificate authority of a test. */
export class TestAuthority {
  /** A root, or an authority below another. */
  public static async make(
    name: string,
    { issuer, pathLength = 1 }: { issuer?: TestAuthority; pathLength?: number } = {},
  ): Promise<TestAuthority> {
    const keys = await subtle.generateKey(EC, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: (serial += 1).toString(16),
      subject: `CN=${name}`,
      issuer: issuer?.certificate.subject ?? `CN=${name}`,
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + 60 * DAY),
      signingAlgorithm: SIGNING,
      publicKey: keys.publicKey,
      signingKey: issuer?.keys.privateKey ?? keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(true, pathLength, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    });
    return new TestAuthority(certificate, keys, issuer);
  }

  private constructor(
    public readonly certificate: X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly issuer: TestAuthority | undefined,
  ) {}

  /** Its own certificate. */
  public get pem(): string {
    return `${this.certificate.toString('pem')}\n`;
  }

  /** What a client has to send besides its own certificate: the authorities below the root. */
  public get chain(): string {
    return this.issuer === undefined ? '' : this.pem + this.issuer.chain;
  }

  /** Issues a certificate; with the chain where this is no root. */
  public async issue(shape: Shape): Promise<KeyPair> {
    const keys = await subtle.generateKey(EC, true, ['sign', 'verify']);
    const names = [
      ...(shape.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(shape.uris ?? []).map((value) => ({ type: 'url' as const, value })),
    ];
    const number = (serial += 1).toString(16);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: number,
      subject: nameOf(shape.subject),
      issuer: this.certificate.subject,
      notBefore: new Date(Date.now() + (shape.from ?? -1) * DAY),
      notAfter: new Date(Date.now() + (shape.to ?? 30) * DAY),
      signingAlgorithm: SIGNING,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(
          (shape.usages ?? (['clientAuth'] as const)).map((usage) => ExtendedKeyUsage[usage]),
        ),
        ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    const key = PemConverter.encode(
      await subtle.exportKey('pkcs8', keys.privateKey),
      'PRIVATE KEY',
    );
    return {
      certificate: `${certificate.toString('pem')}\n${this.chain}`,
      key: `${key}\n`,
      serial: number,
    };
  }

  /** A certificate for a server. */
  public issueServer(...dnsNames: readonly string[]): Promise<KeyPair> {
    return this.issue({
      subject: [{ CN: [dnsNames[0] ?? ''] }],
      dnsNames,
      usages: ['serverAuth'],
    });
  }

  /** A list of revoked serial numbers. */
  public async revocationList(
    serials: readonly string[] = [],
    { from = -1, to = 7 }: { from?: number; to?: number } = {},
  ): Promise<string> {
    const list = await X509CrlGenerator.create({
      issuer: this.certificate.subject,
      thisUpdate: new Date(Date.now() + from * DAY),
      nextUpdate: new Date(Date.now() + to * DAY),
      signingAlgorithm: SIGNING,
      signingKey: this.keys.privateKey,
      entries: serials.map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(Date.now() - DAY / 24),
        reason: X509CrlReason.keyCompromise,
      })),
    });
    return `${PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
  }
}
