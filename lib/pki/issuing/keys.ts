/*
 * Private keys, and how they are kept: PKCS #8, encrypted where a passphrase is given, readable by OpenSSL.
 */
import { createPrivateKey, createPublicKey, webcrypto, type KeyObject } from 'node:crypto';
import { Checks } from '../../core/checks';

const { subtle } = webcrypto;

/** Shortest passphrase for the key of an authority, in characters. */
const SHORTEST_PASSPHRASE = 12;

/** Which kind of key. */
export enum KeyAlgorithm {
  /** Small and fast; what to take unless a client is very old. */
  ECDSA_P256 = 'ecdsa-p256',
  RSA_4096 = 'rsa-4096',
}

/** A pair of keys, and how they sign. */
export interface SigningKey {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
  readonly algorithm: { readonly name: string; readonly hash: string };
}

const GENERATION = {
  [KeyAlgorithm.ECDSA_P256]: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  [KeyAlgorithm.RSA_4096]: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 4096,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** Makes a pair of keys. */
export async function generateKey(algorithm: KeyAlgorithm): Promise<SigningKey> {
  const { name, hash } = GENERATION[algorithm];
  const pair = await subtle.generateKey(GENERATION[algorithm], true, ['sign', 'verify']);
  return { ...pair, algorithm: { name, hash } };
}

/** PEM of a private key, encrypted if there is a passphrase. */
export async function privateKeyPem(
  { privateKey }: SigningKey,
  passphrase?: string,
): Promise<string> {
  const der = Buffer.from(await subtle.exportKey('pkcs8', privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return key.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString();
}

/**
 * Reads a private key as OpenSSL or `privateKeyPem` write it.
 * @throws ConfigurationError when the passphrase is wrong, or the key is neither ECDSA P-256 to P-521 nor RSA
 */
export async function readSigningKey(pem: string, passphrase: string): Promise<SigningKey> {
  const checks = new Checks('pki');
  const key = keyObject(pem, passphrase);
  checks.require(key !== undefined, 'key', () => ({
    got: 'a key that the passphrase does not open',
    expected: 'a private key, PEM, and its passphrase',
    fix: 'give the passphrase with which the key was made',
  }));
  const parameters = key && importParameters(key);
  checks.require(key === undefined || parameters !== undefined, 'key', () => ({
    got: `a key of type ${key?.asymmetricKeyType ?? ''}`,
    expected: 'ECDSA on P-256, P-384 or P-521, or RSA',
    fix: 'make a new authority',
  }));
  checks.finish();
  if (key === undefined || parameters === undefined) throw new Error('unreachable');
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await subtle.importKey('pkcs8', der, parameters, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, parameters, true, ['verify']),
    algorithm: { name: parameters.name, hash: 'SHA-256' },
  };
}

function keyObject(pem: string, passphrase: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch {
    return undefined;
  }
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

function importParameters(
  key: KeyObject,
):
  | { readonly name: 'ECDSA'; readonly namedCurve: string }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: string }
  | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const namedCurve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  return namedCurve === undefined ? undefined : { name: 'ECDSA', namedCurve };
}

/** @throws ConfigurationError when a passphrase is too short for the key of an authority */
export function requirePassphrase(passphrase: string): void {
  const checks = new Checks('pki');
  checks.require([...passphrase].length >= SHORTEST_PASSPHRASE, 'passphrase', () => ({
    got: `${[...passphrase].length} characters`,
    expected: `at least ${SHORTEST_PASSPHRASE} characters`,
    fix: 'choose a longer one: whoever opens the key can become any client',
  }));
  checks.finish();
}
