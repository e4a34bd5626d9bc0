/*
 * Everything that can be wrong with one route.
 */
import type { Checks } from '../core/checks';
import { requireLabels } from '../core/names';
import { ServerPort } from '../serving/endpoint';
import type { MeshRoute, Retries, RouteTarget, ServiceMeshRoutingProps } from './mesh-props';
import { portOf } from './resolve';

const GRPC_NAME = /^[A-Za-z_][\w.]*$/;

/** What a route is part of. */
export interface RouteContext {
  readonly props: ServiceMeshRoutingProps;
  readonly forTesting: boolean;
}

/** Records everything that is wrong with a route. */
export function checkRoute(
  checks: Checks,
  route: MeshRoute,
  at: string,
  { props, forTesting }: RouteContext,
): void {
  checkMatch(checks, route, at);
  checkSplit(checks, route, at);
  checkMirror(checks, route, at);
  checkTimes(checks, route, at, props);
  checkFault(checks, route, at, forTesting);
}

function checkMatch(checks: Checks, { match = {}, port }: MeshRoute, at: string): void {
  const { method, headers = {}, source } = match;
  for (const [key, name] of Object.entries(method ?? {}))
    checks.require(GRPC_NAME.test(name), `${at}.match.method.${key}`, () => ({
      got: `"${name}"`,
      expected: 'a name of gRPC, such as inference.GRPCInferenceService or ModelInfer',
      fix: 'take it from the .proto file',
    }));
  checks.require(method === undefined || port !== ServerPort.HTTP, `${at}.match.method`, () => ({
    got: 'a gRPC method on the HTTP port',
    expected: 'ServerPort.GRPC, or no method',
    fix: 'drop port or method',
  }));
  for (const [name, value] of Object.entries(headers))
    checks.require(/^[a-z0-9-]+$/.test(name) && value !== '', `${at}.match.headers`, () => ({
      got: `"${name}": "${value}"`,
      expected: 'a name in lower case, and a value',
      fix: 'correct the header',
    }));
  if (source?.labels) requireLabels(checks, `${at}.match.source.labels`, source.labels);
}

function checkSplit(checks: Checks, route: MeshRoute, at: string): void {
  const { split } = route;
  checks.require(split.length > 0, `${at}.split`, () => ({
    got: 'none',
    expected: 'at least one server',
    fix: 'say who answers',
  }));
  const weights = split.map(({ weight }) => weight ?? 100);
  for (const [index, weight] of weights.entries())
    checks.requireCount(weight, `${at}.split[${index}].weight`, 0, 100, ' %');
  const sum = weights.reduce((total, weight) => total + weight, 0);
  checks.require(split.length === 0 || sum === 100, `${at}.split`, () => ({
    got: `weights of ${sum} % together (${weights.join(' + ')})`,
    expected: '100 %',
    fix: 'make the weights add up',
  }));
  checks.requireUnique(
    split.map(targetText),
    `${at}.split`,
    'every server, or part of it, once',
    'add the weights of the repeated one',
  );
  for (const [index, target] of split.entries())
    checkTarget(checks, route, target, `${at}.split[${index}]`);
}

function checkTarget(checks: Checks, route: MeshRoute, target: RouteTarget, at: string): void {
  const { endpoint, subset } = target;
  checks.require(portOf(route, endpoint) !== undefined, `${at}.endpoint`, () => ({
    got: `${endpoint.serviceName}, which has no ${route.port ?? 'grpc'} port`,
    expected: 'a server with that port',
    fix: 'route its HTTP port with port: ServerPort.HTTP, or choose another server',
  }));
  if (subset === undefined) return;
  const { podLabels, versionLabels } = endpoint;
  const known: Readonly<Record<string, string>> = { ...podLabels, ...versionLabels };
  const lacking = Object.entries(subset).filter(([key, value]) => known[key] !== value);
  checks.require(lacking.length === 0 && Object.keys(subset).length > 0, `${at}.subset`, () => ({
    got: lacking.map(([key, value]) => `${key}=${value}`).join(', ') || 'no label',
    expected: `labels that pods of ${endpoint.serviceName} have: ${Object.entries(known)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ')}`,
    fix: "set the server's labels, or correct the subset",
  }));
}

function checkMirror(checks: Checks, route: MeshRoute, at: string): void {
  const { mirror, split } = route;
  if (mirror === undefined) return;
  checkTarget(checks, route, mirror, `${at}.mirror`);
  checks.require(mirror.percent > 0 && mirror.percent <= 100, `${at}.mirror.percent`, () => ({
    got: `${mirror.percent} %`,
    expected: 'above 0 to 100 %',
    fix: 'set the share of calls that are copied, or drop mirror',
  }));
  const itself = split.some((target) => targetText(target) === targetText(mirror));
  checks.require(!itself, `${at}.mirror`, () => ({
    got: `${targetText(mirror)}, which answers these calls, too`,
    expected: 'a server that does not answer them',
    fix: 'mirror to another server: a copy to the same one only doubles its load',
  }));
}

function checkTimes(
  checks: Checks,
  { timeout, retries }: MeshRoute,
  at: string,
  { clientDeadline }: ServiceMeshRoutingProps,
): void {
  const limit = timeout?.toMilliseconds();
  checks.require(
    limit === undefined || (limit >= 1 && limit <= 3_600_000),
    `${at}.timeout`,
    () => ({
      got: `${limit} ms`,
      expected: '1 ms to 1 h',
      fix: 'set the time limit of a call; leave it out for none',
    }),
  );
  const deadline = clientDeadline?.toMilliseconds() ?? Infinity;
  checks.require(limit === undefined || limit <= deadline, `${at}.timeout`, () => ({
    got: `${limit} ms`,
    expected: `at most the deadline of the clients, ${deadline} ms`,
    fix: 'lower timeout: what comes later is for nobody',
  }));
  if (retries)
    checkRetries(checks, retries, `${at}.retries`, Math.min(limit ?? Infinity, deadline));
}

/** @param bound after so many milliseconds nobody waits any more */
function checkRetries(checks: Checks, retries: Retries, at: string, bound: number): void {
  const { attempts, on, attemptTimeout } = retries;
  checks.requireCount(attempts, `${at}.attempts`, 1, 10);
  checks.require(on.length > 0, `${at}.on`, () => ({
    got: 'none',
    expected: 'at least one status',
    fix: 'say after what to try again, such as GrpcStatus.UNAVAILABLE',
  }));
  const each = attemptTimeout?.toMilliseconds();
  if (each === undefined || bound === Infinity) return;
  const all = each * (attempts + 1);
  checks.require(all <= bound, `${at}.attemptTimeout`, () => ({
    got: `${attempts + 1} attempts of ${each} ms, ${all} ms together`,
    expected: `at most ${bound} ms, when the call or its caller gives up`,
    fix: 'lower attemptTimeout or attempts, or raise timeout and clientDeadline',
  }));
}

function checkFault(checks: Checks, { fault }: MeshRoute, at: string, forTesting: boolean): void {
  if (fault === undefined) return;
  checks.require(forTesting, `${at}.fault`, () => ({
    got: 'faults in a chart that is not for testing',
    expected: 'a ServingChart with forTesting: true',
    fix: 'mark the chart, or drop fault',
  }));
  const { delay, abort } = fault;
  checks.require(delay !== undefined || abort !== undefined, `${at}.fault`, () => ({
    got: 'neither delay nor abort',
    expected: 'one of them',
    fix: 'say what goes wrong, or drop fault',
  }));
  for (const [name, share] of Object.entries({ delay, abort }))
    checks.require(
      share === undefined || (share.percent > 0 && share.percent <= 100),
      `${at}.fault.${name}.percent`,
      () => ({
        got: `${share?.percent ?? 0} %`,
        expected: 'above 0 to 100 %',
        fix: 'set the share of calls',
      }),
    );
}

function targetText({ endpoint, subset, subsetName }: RouteTarget): string {
  const labels = Object.entries(subset ?? {}).map(([key, value]) => `${key}=${value}`);
  return [endpoint.node.path, subsetName ?? labels.join(' ')].join(' ').trim();
}
