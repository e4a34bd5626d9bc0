import { Checks } from '../core/checks';
import { requireName, requireSubdomain } from '../core/names';

/** Somebody in the mesh who may call, known by the certificate that the mesh gave it. */
export class MeshCaller {
  /**
   * Pods of one service account.
   * @throws ConfigurationError when a name is invalid
   */
  public static serviceAccount(namespace: string, name: string): MeshCaller {
    const checks = new Checks('MeshCaller.serviceAccount');
    requireName(checks, 'namespace', namespace);
    requireSubdomain(checks, 'name', name, 'name the service account of the pods');
    checks.finish();
    return new MeshCaller(namespace, name);
  }

  /**
   * All pods of a namespace.
   * @throws ConfigurationError when the name is invalid
   */
  public static namespace(name: string): MeshCaller {
    const checks = new Checks('MeshCaller.namespace');
    requireName(checks, 'name', name);
    checks.finish();
    return new MeshCaller(name, undefined);
  }

  private constructor(
    public readonly namespace: string,
    /** All of the namespace where undefined. */
    public readonly serviceAccountName: string | undefined,
  ) {
    Object.freeze(this);
  }
}
