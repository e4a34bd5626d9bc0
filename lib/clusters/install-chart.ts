/*
 * A Helm release, as all of this room make it: pinned, waited for, rolled back when it fails.
 */
import { Release } from '@pulumi/kubernetes/helm/v3/release';
import type * as pulumi from '@pulumi/pulumi';

/** What is installed. */
export interface ChartInstallation {
  /** Chart, by its OCI address, or by its name in `repository`. */
  readonly chart: string;
  /** Address of the repository, of charts that are not in a registry. */
  readonly repository?: string;
  /** Exact version of the chart. */
  readonly version: string;
  /** Namespace of its objects; made if it is not there. */
  readonly namespace: string;
  readonly releaseName: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** How long the first nodes and the first images may take. */
const TIMEOUT_SECONDS = 900;

/** Declares the release. */
export function installChart(
  name: string,
  { chart, repository, version, namespace, releaseName, values }: ChartInstallation,
  options: pulumi.CustomResourceOptions,
): Release {
  return new Release(
    name,
    {
      name: releaseName,
      chart,
      version,
      namespace,
      createNamespace: true,
      ...(repository !== undefined && { repositoryOpts: { repo: repository } }),
      values,
      atomic: true,
      timeout: TIMEOUT_SECONDS,
    },
    options,
  );
}
