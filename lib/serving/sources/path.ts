import type { Checks } from '../../core/checks';

/** Requires a relative path below a volume's root. */
export function requireSubPath(checks: Checks, property: string, path: string | undefined): void {
  if (path === undefined) return;
  const parts = path.split('/');
  checks.require(
    /^[\w./-]+$/.test(path) && !path.startsWith('/') && !parts.includes('..'),
    property,
    () => ({
      got: `"${path}"`,
      expected: 'a relative path of letters, digits, "_", ".", "-" and "/" without ".."',
      fix: 'give the directory of the model below the root of the volume',
    }),
  );
}
