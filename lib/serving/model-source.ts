/*
 * Where a model comes from: the contract of a source and the registry of those that ship with the library.
 * A new source is one file in `sources/` and one line here.
 */
import { azureBlob, type AzureBlobOptions } from './sources/azure-blob';
import { baked } from './sources/baked';
import { gcs, type GcsOptions } from './sources/gcs';
import { http } from './sources/http';
import { huggingFace, type HuggingFaceOptions } from './sources/hugging-face';
import { ociImage, type OciImageOptions } from './sources/oci-image';
import { pvc, type PvcOptions } from './sources/pvc';
import { s3, type S3Options } from './sources/s3';
import type { SecretReference } from './secret-reference';
import type { VolumeSource } from './volumes';

/** A destination outside the cluster that a source needs, as an address block and TCP ports. */
export interface Egress {
  readonly cidr: string;
  /** Address blocks inside `cidr` that stay closed. */
  readonly except?: readonly string[];
  readonly ports: readonly number[];
}

/** How the files of a model get into the pod. */
export type ModelDelivery =
  | {
      /** An init container copies them into a volume, before the server starts. */
      readonly via: 'pull';
      /** Arguments of rclone for a copy into the directory given. */
      readonly args: (directory: string) => readonly string[];
      /** Environment of rclone. */
      readonly env: Readonly<Record<string, string>>;
      /** Option of rclone that takes a credentials file, and its name in the Secret. */
      readonly credentialsFile: { readonly env: string; readonly key: string } | undefined;
    }
  | { readonly via: 'volume'; readonly volume: VolumeSource; readonly subPath: string | undefined }
  | {
      /** The engine downloads them itself from the Hugging Face hub. */
      readonly via: 'hub';
      readonly repository: string;
      readonly revision: string;
    }
  | { readonly via: 'image'; readonly path: string }
  | {
      /** Whoever runs the pod puts them there, such as KServe. */
      readonly via: 'platform';
      readonly path: string;
      /** Whether they take space on the node's disk. */
      readonly onNode: boolean;
    };

/** Everything that differs between sources: data and pure functions. */
export interface ModelSourceDefinition {
  /** Where it is, for people and for the content hash; never a secret. */
  readonly uri: string;
  readonly delivery: ModelDelivery;
  readonly egress: readonly Egress[];
  readonly credentials?: SecretReference;
  /** Something that the user of the source should know. */
  readonly warning?: { readonly message: string; readonly fix: string };
}

/**
 * Where a model comes from. Makes nothing by itself: `ModelServer` renders the init container, volume or
 * engine arguments, and opens exactly the network paths that the source needs.
 *
 * @example
 * import { ModelSource } from 'inference-constructs';
 *
 * const source = ModelSource.s3('s3://models/resnet/', { region: 'eu-west-1' });
 */
export class ModelSource {
  /**
   * A prefix in an S3 bucket. Identity comes from the pod (EKS Pod Identity) unless a Secret is named.
   * @param uri `s3://bucket/prefix`
   * @throws ConfigurationError when the URI is no bucket and prefix
   */
  public static s3(uri: string, options: S3Options = {}): ModelSource {
    return new ModelSource(s3(uri, options));
  }

  /**
   * A prefix in a Google Cloud Storage bucket. Identity comes from the pod (Workload Identity) unless a
   * Secret is named.
   * @param uri `gs://bucket/prefix`
   * @throws ConfigurationError when the URI is no bucket and prefix
   */
  public static gcs(uri: string, options: GcsOptions = {}): ModelSource {
    return new ModelSource(gcs(uri, options));
  }

  /**
   * A prefix in an Azure Blob Storage container. Identity comes from the pod unless a Secret is named.
   * @param url `https://account.blob.core.windows.net/container/prefix`
   * @throws ConfigurationError when the URL is not of that form
   */
  public static azureBlob(url: string, options: AzureBlobOptions = {}): ModelSource {
    return new ModelSource(azureBlob(url, options));
  }

  /**
   * One file on a web server.
   * @param url `https://host/path/file`
   * @throws ConfigurationError when the URL is not HTTPS or names no file
   */
  public static http(url: string): ModelSource {
    return new ModelSource(http(url));
  }

  /**
   * A repository of the Hugging Face hub, at one revision; downloaded by the engine.
   * @param repository `organisation/name`
   * @throws ConfigurationError when the repository or the revision is malformed
   */
  public static huggingFace(repository: string, options: HuggingFaceOptions): ModelSource {
    return new ModelSource(huggingFace(repository, options));
  }

  /**
   * A PersistentVolumeClaim in the server's namespace, mounted read-only.
   * @param claimName name of the claim
   * @throws ConfigurationError when the name or the path is malformed
   */
  public static pvc(claimName: string, options: PvcOptions = {}): ModelSource {
    return new ModelSource(pvc(claimName, options));
  }

  /**
   * An OCI image or artifact, mounted read-only as an image volume (Kubernetes 1.33 or later).
   * @param reference `registry/repository@sha256:…`, or a fixed tag
   * @throws ConfigurationError when the reference is not pinned
   */
  public static ociImage(reference: string, options: OciImageOptions = {}): ModelSource {
    return new ModelSource(ociImage(reference, options));
  }

  /**
   * Files that are part of the server's own image; `ModelServer.image` must name it.
   * @param path absolute directory inside the image
   * @throws ConfigurationError when the path is not absolute
   */
  public static baked(path: string): ModelSource {
    return new ModelSource(baked(path));
  }

  /**
   * The same source, of which somebody else brings the files.
   * @internal
   */
  public static broughtTo(path: string, source: ModelSource, onNode: boolean): ModelSource {
    const { warning: _, ...definition } = source.definition;
    return new ModelSource({ ...definition, delivery: { via: 'platform', path, onNode } });
  }

  private constructor(
    /** @internal */
    public readonly definition: ModelSourceDefinition,
  ) {
    Object.freeze(this);
  }

  /** Where it is: `s3://models/resnet/`. */
  public toString(): string {
    return this.definition.uri;
  }
}
