/*
 * Versions of Kubernetes on EKS and how long they are supported.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html (2026-11-22)
 */
import type { Checks } from '../../../core/checks';
import type { ClusterSpec } from '../../specs';

/** Last days of a minor version, `YYYY-MM-DD`. */
interface Support {
  readonly standardUntil: string;
  readonly extendedUntil: string;
}

/** Minor versions that can be chosen. The dates of 1.36 were not published when this was read. */
const SUPPORT: Readonly<Record<string, Support | undefined>> = {
  '1.34': { standardUntil: '2026-12-02', extendedUntil: '2027-12-02' },
  '1.35': { standardUntil: '2027-03-27', extendedUntil: '2028-03-27' },
  '1.36': undefined,
};

/** The minor version of a cluster that asks for none. */
export const DEFAULT_VERSION = '1.35';

/** How near the end of standard support is worth a warning. */
const WARN_DAYS = 90;

const DAY = 24 * 60 * 60 * 1000;

/** Records a version that EKS does not offer, or does not support on the day it is judged on. */
export function checkVersion(
  checks: Checks,
  { version = DEFAULT_VERSION, asOf, extendedSupport }: ClusterSpec,
): void {
  checks.require(version in SUPPORT, 'version', () => ({
    got: `"${version}"`,
    expected: Object.keys(SUPPORT).join(', '),
    fix: `choose one of them, such as ${DEFAULT_VERSION}`,
  }));
  const support = SUPPORT[version];
  if (support === undefined || Number.isNaN(Date.parse(asOf))) return;
  const until = extendedSupport ? support.extendedUntil : support.standardUntil;
  checks.require(asOf <= until, 'version', () => ({
    got: `${version}, supported until ${until}`,
    expected: `a version that is supported on ${asOf}`,
    fix: extendedSupport
      ? 'choose a newer version'
      : 'choose a newer version, or pay for extendedSupport',
  }));
}

/** What to say of a version whose standard support ends soon; undefined when it does not. */
export function endsSoon({
  version = DEFAULT_VERSION,
  asOf,
  extendedSupport,
}: ClusterSpec): string | undefined {
  const support = SUPPORT[version];
  if (support === undefined || extendedSupport) return undefined;
  const days = Math.round((Date.parse(support.standardUntil) - Date.parse(asOf)) / DAY);
  return days > WARN_DAYS
    ? undefined
    : `standard support of Kubernetes ${version} on EKS ends in ${days} days, on ${support.standardUntil}; plan the upgrade to the next minor version`;
}
