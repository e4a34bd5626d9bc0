/*
 * The register of `openssl ca`: one line a certificate, six fields with tabs between them.
 * @see https://docs.openssl.org/3.5/man1/openssl-ca/
 */
import { Checks } from '../../core/checks';
import {
  REVOCATION_REASONS,
  type Revocation,
  type RevocationReason,
} from '../../pki/issuing/authority';
import { serialText } from '../../pki/x509';
import type { Entry } from './authority-folder';

/** A line of the register. */
export interface RegisterLine {
  readonly entry: Entry;
  readonly revocation?: Revocation;
}

/**
 * Reads a register.
 * @throws ConfigurationError naming every line that cannot be read
 */
export function readOpensslRegister(text: string): readonly RegisterLine[] {
  const checks = new Checks('pki import');
  const lines = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const parsed = lines.map(({ line, number }) => {
    const result = parseLine(line);
    checks.require(result !== undefined, `index line ${number}`, () => ({
      got: JSON.stringify(line),
      expected: 'V, R or E, end, revocation, serial number, file and subject, with tabs between',
      fix: 'give the file that "database" names in the configuration of openssl ca',
    }));
    return result;
  });
  checks.finish();
  return parsed.filter((line) => line !== undefined);
}

function parseLine(line: string): RegisterLine | undefined {
  const [state = '', end = '', revoked = '', serial = '', , subject = ''] = line.split('\t');
  const notAfter = parseTime(end);
  const [time = '', reason] = revoked.split(',');
  const at = parseTime(time);
  if (!/^[VRE]$/.test(state) || !notAfter || !/^[0-9A-Fa-f]+$/.test(serial)) return undefined;
  if (state === 'R' && !at) return undefined;
  const serialNumber = serialText(serial);
  const name = /\/CN=([^/]+)/.exec(subject)?.[1] ?? serialNumber;
  const entry: Entry = {
    kind: 'imported',
    name,
    serialNumber,
    notAfter: notAfter.toISOString(),
  };
  if (!at) return { entry };
  return { entry, revocation: { serialNumber, at, reason: reasonOf(reason) } };
}

function reasonOf(text: string | undefined): RevocationReason {
  return REVOCATION_REASONS.find((reason) => reason === text) ?? 'unspecified';
}

/** `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`. */
function parseTime(text: string): Date | undefined {
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const [, year = '', ...rest] = match;
  // RFC 5280, 4.1.2.5.1.
  const century = Number(year) < 50 ? '20' : '19';
  const [month, day, hours, minutes, seconds] = rest;
  const full = year.length === 2 ? `${century}${year}` : year;
  const date = new Date(`${full}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
