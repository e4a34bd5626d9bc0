import type { Checks } from './checks';

/** Longest DNS label (RFC 1123), which most Kubernetes names and all label values obey. */
const LONGEST_LABEL = 63;

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * Requires a DNS label that starts with a letter (Services and environment variables need that).
 * @param suffixRoom characters left free for the suffixes of the objects that are named after it
 */
export function requireName(checks: Checks, property: string, name: string, suffixRoom = 0): void {
  const longest = LONGEST_LABEL - suffixRoom;
  checks.require(DNS_LABEL.test(name) && name.length <= longest, property, () => ({
    got: `"${name}" (${name.length} characters)`,
    expected: `a DNS label of at most ${longest} characters: lower-case letters, digits and "-", starting with a letter`,
    fix: 'choose such a name; objects in the cluster are called after it',
  }));
}

/** Requires a name such as those of Secrets, claims and priority classes. */
export function requireSubdomain(
  checks: Checks,
  property: string,
  name: string,
  fix: string,
): void {
  checks.require(isSubdomain(name), property, () => ({
    got: `"${name}"`,
    expected: 'a DNS subdomain: lower-case letters, digits, "-" and "."',
    fix,
  }));
}

/** Requires keys and values that Kubernetes takes as labels. */
export function requireLabels(
  checks: Checks,
  property: string,
  labels: Readonly<Record<string, string>>,
): void {
  for (const [key, value] of Object.entries(labels)) {
    checks.require(isLabelKey(key), `${property}["${key}"]`, () => ({
      got: `the key "${key}"`,
      expected:
        'a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" or "."',
      fix: 'rename the key',
    }));
    checks.require(isLabelValue(value), `${property}["${key}"]`, () => ({
      got: `the value "${value}"`,
      expected:
        'at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit',
      fix: 'change the value',
    }));
  }
}

/** Whether Kubernetes takes `key` as the key of a label or taint. */
export function isLabelKey(key: string): boolean {
  const [prefix, name, ...rest] = key.includes('/') ? key.split('/') : [undefined, key];
  if (rest.length > 0 || name === undefined) return false;
  return (
    (prefix === undefined || isSubdomain(prefix)) &&
    name.length <= LONGEST_LABEL &&
    LABEL_NAME.test(name)
  );
}

/** Whether Kubernetes takes `value` as the value of a label or taint. */
export function isLabelValue(value: string): boolean {
  return value.length <= LONGEST_LABEL && LABEL_VALUE.test(value);
}

/** Whether `name` is a DNS subdomain (RFC 1123), as names of Secrets, ConfigMaps and claims are. */
export function isSubdomain(name: string): boolean {
  return name.length <= 253 && DNS_SUBDOMAIN.test(name);
}

/** Whether `name` is a fully qualified DNS name of two labels or more, in lower case, as hosts have. */
export function isHostName(name: string): boolean {
  return (
    isSubdomain(name) &&
    name.includes('.') &&
    name.split('.').every((label) => label.length <= LONGEST_LABEL)
  );
}
