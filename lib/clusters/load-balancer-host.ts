/*
 * Where clients reach the workloads, as the cluster reports it in the status of objects.
 */
import * as pulumi from '@pulumi/pulumi';
import type { AppliedObject } from './applied-object';

interface Address {
  readonly hostname?: string;
  readonly ip?: string;
  readonly value?: string;
}

interface Status {
  readonly addresses?: readonly Address[];
  readonly loadBalancer?: { readonly ingress?: readonly Address[] };
}

/** Kinds that get an address; of Services only those of type LoadBalancer. */
const KINDS = ['Ingress', 'Gateway', 'Service'];

/** The first address that one of the objects has. */
export function loadBalancerHostOf(
  objects: readonly AppliedObject[],
): pulumi.Output<string | undefined> {
  const statuses = objects
    .filter(({ manifest: { kind } }) => KINDS.includes(kind))
    .map(({ status }) => status as pulumi.Output<Status | undefined>);
  return pulumi.all(statuses).apply((all) => {
    const addresses = all.flatMap((status) => [
      ...(status?.addresses ?? []),
      ...(status?.loadBalancer?.ingress ?? []),
    ]);
    return addresses.map(({ hostname, ip, value }) => hostname ?? ip ?? value).find(Boolean);
  });
}
