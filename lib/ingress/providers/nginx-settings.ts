/*
 * What the two nginx controllers have in common. In both, the pattern for subjects ends up as a quoted string
 * in a file of nginx, which is why common names are held to characters that mean nothing there.
 */
import type { Finding } from '../../core/checks';
import type { ResolvedIngress } from '../ingress-provider-definition';

/** Letters, digits, and what is plain in nginx's quotes, in regular expressions and in annotations. */
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@:/-]*$/;

/** nginx knows no "never"; a day is longer than any stream lives on spot nodes. */
export const NO_TIMEOUT_SECONDS = 86_400;

/** Common names that cannot be written for nginx without risk. */
export function nginxNameProblems({ clients }: ResolvedIngress): Readonly<Record<string, Finding>> {
  const unsafe = (clients?.allowed ?? []).filter(
    ({ value }) => !SAFE_NAME.test(value) || value.endsWith(' '),
  );
  if (unsafe.length === 0) return {};
  return {
    'clientAuthentication.allowedClients': {
      got: unsafe.map(String).join(', '),
      expected:
        'for nginx: letters, digits, spaces and ". _ @ : / -", starting with a letter or digit',
      fix: 'rename the client, or change the provider to ENVOY_GATEWAY, which takes any name',
    },
  };
}
