/*
 * A private certificate authority: makes itself, issues certificates for servers and clients, and lists what
 * it has revoked. Knows no clock and no disk: the time is given, and what it makes is returned.
 * @see https://datatracker.ietf.org/doc/html/rfc5280
 */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { CRLNumber } from '@peculiar/asn1-x509';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
} from '@peculiar/x509';
import { Checks } from '../../core/checks';
import { isHostName } from '../../core/names';
import { ClientIdentity } from '../client-identity';
import { serialText } from '../x509';
import {
  generateKey,
  privateKeyPem,
  readSigningKey,
  requirePassphrase,
  type KeyAlgorithm,
  type SigningKey,
} from './keys';

const DAY_MILLIS = 24 * 60 * 60 * 1000;

const DAYS = {
  authority: { least: 1, most: 7300 },
  certificate: { least: 1, most: 825 },
  list: { least: 1, most: 365 },
} as const;

/** Clocks differ: what is issued is valid a little before. */
const BACKDATE_MILLIS = 5 * 60 * 1000;

const CRL_NUMBER = '2.5.29.20';

/** Reasons for a revocation, as RFC 5280 names them. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** What a new authority is to be like. */
export interface AuthorityOptions {
  /** Common name; 1 to 64 characters. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** 1 to 7300. */
  readonly days: number;
  /** At least 12 characters. */
  readonly passphrase: string;
  /** Time of making. */
  readonly at: Date;
}

/** What a certificate is to be like. */
export interface CertificateOptions {
  /** 1 to 825, and not beyond the end of the authority. */
  readonly days: number;
  readonly algorithm: KeyAlgorithm;
  readonly at: Date;
}

/** A certificate with its key, PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  /** Upper-case hexadecimal. */
  readonly serialNumber: string;
  readonly notAfter: Date;
}

/** A certificate that counts no longer. */
export interface Revocation {
  readonly serialNumber: string;
  readonly at: Date;
  readonly reason: RevocationReason;
}

/** A private certificate authority, opened. */
export class PrivateAuthority {
  /**
   * Makes a new one.
   * @returns its certificate and its encrypted key, PEM
   * @throws ConfigurationError when the name, the days or the passphrase are out of range
   */
  public static async make(
    options: AuthorityOptions,
  ): Promise<{ readonly certificate: string; readonly privateKey: string }> {
    const { name, days, at, passphrase } = options;
    requirePassphrase(passphrase);
    requireCommonName(name);
    requireDays(days, DAYS.authority);
    const keys = await generateKey(options.algorithm);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: newSerialNumber(),
      subject: commonName(name),
      issuer: commonName(name),
      notBefore: new Date(at.getTime() - BACKDATE_MILLIS),
      notAfter: new Date(at.getTime() + days * DAY_MILLIS),
      signingAlgorithm: keys.algorithm,
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        // Clients' certificates come straight from it: nobody below it may issue more.
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return {
      certificate: `${certificate.toString('pem')}\n`,
      privateKey: await privateKeyPem(keys, passphrase),
    };
  }

  /**
   * Opens one.
   * @throws ConfigurationError when the passphrase is wrong, or key and certificate do not belong together
   */
  public static async open(
    certificatePem: string,
    keyPem: string,
    passphrase: string,
  ): Promise<PrivateAuthority> {
    const key = await readSigningKey(keyPem, passphrase);
    const certificate = new X509Certificate(certificatePem);
    const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', key.publicKey));
    const certified = Buffer.from(certificate.publicKey.rawData);
    const checks = new Checks('pki');
    checks.require(spki.equals(certified), 'certificate', () => ({
      got: 'the certificate of another key',
      expected: 'certificate and key of one authority',
      fix: 'give the two files that were made together',
    }));
    checks.finish();
    return new PrivateAuthority(certificate, key);
  }

  private constructor(
    private readonly certificate: X509Certificate,
    private readonly key: SigningKey,
  ) {}

  /**
   * A certificate for a server.
   * @param dnsNames names of the server, one or more; the first is its common name; `*.` stands for one label
   * @throws ConfigurationError when a name is no DNS name or the days are out of range
   */
  public async issueServer(
    dnsNames: readonly string[],
    options: CertificateOptions,
  ): Promise<IssuedCertificate> {
    const checks = new Checks('pki server');
    checks.require(dnsNames.length > 0, 'names', () => ({
      got: 'none',
      expected: 'at least one DNS name',
      fix: 'name the hosts of the server',
    }));
    for (const name of dnsNames) {
      checks.require(isHostName(name.replace(/^\*\./, '')), 'names', () => ({
        got: `"${name}"`,
        expected: 'a DNS name in lower case, or "*." and one',
        fix: 'correct the name',
      }));
    }
    checks.finish();
    const [first = ''] = dnsNames;
    return this.issue(options, {
      // Longer ones do not fit a common name; clients look at the alternative names alone.
      ...(first.length <= 64 && { name: first }),
      usage: ExtendedKeyUsage.serverAuth,
      alternatives: dnsNames.map((value) => ({ type: 'dns', value })),
    });
  }

  /**
   * A certificate for a client.
   * @param name common name, 1 to 64 characters
   * @throws ConfigurationError when the name, a URI or the days are out of range
   */
  public async issueClient(
    name: string,
    options: CertificateOptions & { readonly uris?: readonly string[] },
  ): Promise<IssuedCertificate> {
    requireCommonName(name);
    const uris = (options.uris ?? []).map((uri) => ClientIdentity.uri(uri).value);
    return this.issue(options, {
      name,
      usage: ExtendedKeyUsage.clientAuth,
      alternatives: uris.map((value) => ({ type: 'url', value })),
    });
  }

  /**
   * The list of what is revoked, signed, PEM.
   * @param revocations all that is revoked and not expired
   * @param options `number` of the list, greater than that of every earlier one; `days` until the next list is due,
   *   1 to 365; `at` the time that it is made
   * @throws ConfigurationError when a number is out of range
   */
  public async revocationList(
    revocations: readonly Revocation[],
    { number, days, at }: { readonly number: number; readonly days: number; readonly at: Date },
  ): Promise<string> {
    requireDays(days, DAYS.list);
    const list = await X509CrlGenerator.create({
      issuer: this.certificate.subjectName,
      thisUpdate: new Date(at.getTime() - BACKDATE_MILLIS),
      nextUpdate: new Date(at.getTime() + days * DAY_MILLIS),
      signingAlgorithm: this.key.algorithm,
      signingKey: this.key.privateKey,
      entries: revocations.map((revocation) => ({
        serialNumber: revocation.serialNumber,
        revocationDate: revocation.at,
        reason: X509CrlReason[revocation.reason],
      })),
      extensions: [
        await AuthorityKeyIdentifierExtension.create(this.certificate.publicKey),
        new Extension(CRL_NUMBER, false, AsnConvert.serialize(new CRLNumber(number))),
      ],
    });
    return `${PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
  }

  private async issue(
    { days, algorithm, at }: CertificateOptions,
    {
      name,
      usage,
      alternatives,
    }: {
      readonly name?: string;
      readonly usage: ExtendedKeyUsage;
      readonly alternatives: { type: 'dns' | 'url'; value: string }[];
    },
  ): Promise<IssuedCertificate> {
    requireDays(days, DAYS.certificate);
    const notAfter = new Date(at.getTime() + days * DAY_MILLIS);
    const checks = new Checks('pki');
    checks.require(notAfter <= this.certificate.notAfter, 'days', () => ({
      got: `a certificate until ${notAfter.toISOString()}`,
      expected: `one that ends before its authority, at ${this.certificate.notAfter.toISOString()}`,
      fix: 'give fewer days, or make a new authority',
    }));
    checks.finish();
    const keys = await generateKey(algorithm);
    const serialNumber = newSerialNumber();
    const certificate = await X509CertificateGenerator.create({
      serialNumber,
      ...(name !== undefined && { subject: commonName(name) }),
      issuer: this.certificate.subjectName,
      notBefore: new Date(at.getTime() - BACKDATE_MILLIS),
      notAfter,
      signingAlgorithm: this.key.algorithm,
      publicKey: keys.publicKey,
      signingKey: this.key.privateKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        ...(alternatives.length > 0 ? [new SubjectAlternativeNameExtension(alternatives)] : []),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
        await AuthorityKeyIdentifierExtension.create(this.certificate.publicKey),
      ],
    });
    return {
      certificate: `${certificate.toString('pem')}\n`,
      privateKey: await privateKeyPem(keys),
      serialNumber: serialText(serialNumber),
      notAfter,
    };
  }
}

/** A name as it is: what looks like syntax in it means nothing. */
function commonName(name: string): Name {
  return new Name([{ CN: [{ utf8String: name }] }]);
}

/** 126 random bits, positive and without leading zeros. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

function requireCommonName(name: string): void {
  // The same rule as for those that are let in.
  ClientIdentity.commonName(name);
}

function requireDays(days: number, { least, most }: { least: number; most: number }): void {
  const checks = new Checks('pki');
  checks.requireCount(days, 'days', least, most);
  checks.finish();
}
