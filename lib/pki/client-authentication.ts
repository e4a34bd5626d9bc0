import type { CertificateAuthority } from './certificate-authority';
import type { ClientIdentity } from './client-identity';
import type { RevocationList } from './revocation-list';

/** Who may call, by the certificate that they show. Whoever shows none is refused. */
export interface ClientAuthentication {
  /** Who has signed the certificates of clients. */
  readonly authority: CertificateAuthority;
  /**
   * The clients that may call; any other client of the authority is refused.
   * @default - all clients of the authority
   */
  readonly allowedClients?: readonly ClientIdentity[];
  /**
   * Certificates that count no longer.
   * @default - none: a lost key opens the endpoint until its certificate ends
   */
  readonly revocation?: RevocationList;
  /**
   * Authorities between a client's certificate and the root, count, 1 to 9.
   * @default - as many as the authorities allow by their path lengths; 1 on nginx
   */
  readonly depth?: number;
  /**
   * Whether the client's certificate is passed on to the model server, in a header that clients cannot set.
   * @default false
   */
  readonly forwardCertificate?: boolean;
}
