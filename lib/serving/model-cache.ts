import { Checks } from '../core/checks';
import { requireSubdomain } from '../core/names';
import type { VolumeSource } from './volumes';

/** Where files that a server downloads are kept. */
export class ModelCache {
  /** On the node's disk, for the life of the pod. */
  public static readonly NODE_DISK = new ModelCache(undefined);

  /**
   * On a PersistentVolumeClaim that outlives the pods; ReadWriteMany when several pods share it. Only
   * files that are missing or differ are downloaded.
   * @throws ConfigurationError when the name is not one of a claim
   */
  public static persistentVolumeClaim(claimName: string): ModelCache {
    const checks = new Checks('ModelCache.persistentVolumeClaim');
    requireSubdomain(checks, 'claimName', claimName, 'give the name of the claim');
    checks.finish();
    return new ModelCache(claimName);
  }

  private constructor(private readonly claimName: string | undefined) {
    Object.freeze(this);
  }

  /** Whether the files take space on the node's disk. */
  public get onNode(): boolean {
    return this.claimName === undefined;
  }

  /** @internal */
  public volume(sizeLimit: string): VolumeSource {
    if (this.claimName === undefined) return { emptyDir: { sizeLimit } };
    return { persistentVolumeClaim: { claimName: this.claimName } };
  }
}
