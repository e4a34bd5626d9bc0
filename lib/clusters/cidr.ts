/*
 * Arithmetic with blocks of IPv4 addresses: enough to cut a network into subnets.
 */

/** A block of addresses. */
export interface Cidr {
  /** First address as a number. */
  readonly first: number;
  /** Length of the prefix, 0 to 32. */
  readonly length: number;
}

/** Reads `10.0.0.0/16`; undefined when it is no block, or has bits set behind its prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [, a, b, c, d, prefix] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text) ?? [];
  const bytes = [a, b, c, d].map(Number);
  const length = Number(prefix);
  if (prefix === undefined || length > 32 || bytes.some((byte) => byte > 255)) return undefined;
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return first % sizeOf(length) === 0 ? { first, length } : undefined;
}

/** Count of addresses behind a prefix of that length. */
export function sizeOf(length: number): number {
  return 2 ** (32 - length);
}

/** The block number `index` of those of `length` that `cidr` divides into, as text. */
export function subnetOf(cidr: Cidr, length: number, index: number): string {
  const first = cidr.first + index * sizeOf(length);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join('.')}/${length}`;
}
