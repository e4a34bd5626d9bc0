/*
 * Entry 3: everything that makes certificates, for programs; people use `npx inference-constructs pki`. Never
 * loads cdk8s or Pulumi. Takes the time from its caller, and leaves files to it.
 */
export { ConfigurationError, type Problem } from './core/configuration-error';
export {
  PrivateAuthority,
  REVOCATION_REASONS,
  type AuthorityOptions,
  type CertificateOptions,
  type IssuedCertificate,
  type Revocation,
  type RevocationReason,
} from './pki/issuing/authority';
export { KeyAlgorithm } from './pki/issuing/keys';
