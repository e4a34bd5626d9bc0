import { createHash } from 'node:crypto';

/** The first digits of SHA-256, hexadecimal: for names and annotations that change with what they stand for. */
export function digest(text: string, digits = 16): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
