/* How the objects of an ingress are called, whatever their kind. */
import type { ResolvedIngress, ResolvedRoute } from '../ingress-provider-definition';

/** Name and labels of an object of the ingress. */
export function metadata(
  { name, labels }: ResolvedIngress,
  suffix = '',
): { readonly name: string; readonly labels: Record<string, string> } {
  return { name: `${name}${suffix}`, labels: { ...labels } };
}

/** Tells objects of one kind apart: nothing for the first, its number for every other. */
export function ordinal(index: number, separator = ''): string {
  return index === 0 ? '' : `${separator}${index + 1}`;
}

/** Suffix of the objects of a host: none for the first. */
export function hostSuffix({ hosts }: ResolvedIngress, host: string): string {
  return ordinal(hosts.indexOf(host), '-');
}

/** Path of the requests of a route: that of REST, or the service and method of gRPC. */
export function requestPath({ protocol, service, method, path }: ResolvedRoute): string {
  if (protocol === 'rest') return path;
  if (service === undefined) return '/';
  return method === undefined ? `/${service}` : `/${service}/${method}`;
}
