import { Checks } from '../core/checks';
import { requireSubdomain } from '../core/names';

/** A Secret in the server's namespace, by name. The library never sees, renders or stores its values. */
export class SecretReference {
  /**
   * A Secret that somebody else puts into the namespace.
   * @throws ConfigurationError when the name is not one of a Secret
   */
  public static fromSecret(name: string): SecretReference {
    return new SecretReference('Secret', name);
  }

  /**
   * The Secret that the Sealed Secrets controller makes of the SealedSecret of that name.
   * @see https://github.com/bitnami-labs/sealed-secrets (v0.36.6)
   * @throws ConfigurationError when the name is not one of a Secret
   */
  public static fromSealedSecret(name: string): SecretReference {
    return new SecretReference('SealedSecret', name);
  }

  /**
   * The Secret that the External Secrets operator makes of the ExternalSecret of that name.
   * @see https://external-secrets.io/latest/api/externalsecret/ (v1)
   * @throws ConfigurationError when the name is not one of a Secret
   */
  public static fromExternalSecret(name: string): SecretReference {
    return new SecretReference('ExternalSecret', name);
  }

  private constructor(
    /** What makes the Secret. */
    public readonly kind: 'Secret' | 'SealedSecret' | 'ExternalSecret',
    /** Name of the Secret that pods mount. */
    public readonly secretName: string,
  ) {
    const checks = new Checks(`SecretReference.from${kind}`);
    requireSubdomain(checks, 'name', secretName, 'give the name of the object, not its content');
    checks.finish();
    Object.freeze(this);
  }
}
