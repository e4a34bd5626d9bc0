/*
 * Who may talk to the components of a service, and to whom they may talk.
 */
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import { NetworkPeer } from '../core/network-peer';
import { tcp } from '../core/tcp-ports';
import { ServerPort } from '../serving/endpoint';
import { egressRule, networkPolicySpec, unique, type Opening } from '../serving/workload';
import { DeploymentMode } from './deployment-mode';
import { AGENT_PORT } from './inference-service-objects';
import type { InferenceServiceProps } from './inference-service-props';
import { INGRESS_PORTS, QUEUE_PROXY_PORTS } from './knative';
import { payloadEgress } from './payload-log';
import type { ResolvedComponent, ResolvedPredictor, ResolvedService } from './resolve';

/** The policy of a component. @internal */
export function componentPolicy(
  component: ResolvedComponent,
  service: ResolvedService,
  props: InferenceServiceProps,
  openings: readonly Opening[],
): NetworkPolicySpec {
  const open = openingsOf(component, service, openings);
  const spec = networkPolicySpec(component.server, { ...component.selector }, open);
  const ingress = [
    ...withAgent(spec.ingress ?? [], component, props, service.predictor),
    ...proxies(service),
    ...neighbours(component, service),
  ];
  const egress = unique([...(spec.egress ?? []), ...egressOf(component, service, props)]);
  return { ...spec, ...(ingress.length > 0 && { ingress }), egress };
}

/** Callers reach the component that gets the requests; Prometheus reads the predictor. */
function openingsOf(
  { role }: ResolvedComponent,
  { transformer }: ResolvedService,
  openings: readonly Opening[],
): readonly Opening[] {
  const isEntry = role === (transformer ? 'transformer' : 'predictor');
  return openings.flatMap(({ peer, ports }) => {
    const mine = ports.filter((port) =>
      port === ServerPort.METRICS ? role === 'predictor' : isEntry,
    );
    return mine.length === 0 ? [] : [{ peer, ports: mine }];
  });
}

/** Where KServe's agent takes the requests, its port is as open as that of the server. */
function withAgent(
  rules: readonly NetworkPolicyIngressRule[],
  { role, server }: ResolvedComponent,
  props: InferenceServiceProps,
  predictor: ResolvedPredictor,
): readonly NetworkPolicyIngressRule[] {
  if (role !== 'predictor' || !hasAgent(props, predictor)) return rules;
  return rules.map((rule) => {
    const { ports = [] } = rule;
    const asked = ports.some(({ port }) => port === server.engine.ports.http);
    return asked ? { ...rule, ports: [...ports, ...tcp(AGENT_PORT)] } : rule;
  });
}

/** Knative's activator and autoscaler, and the proxies of its ingress. */
function proxies({ mode, knative }: ResolvedService): NetworkPolicyIngressRule[] {
  if (mode !== DeploymentMode.KNATIVE) return [];
  return [
    {
      from: [
        NetworkPeer.namespace(knative.namespace).definition,
        NetworkPeer.namespace(knative.ingressNamespace).definition,
      ],
      ports: tcp(...QUEUE_PROXY_PORTS),
    },
  ];
}

/** In mode STANDARD components call each other without a proxy between them. */
function neighbours(
  { role, server }: ResolvedComponent,
  { mode, transformer, explainer }: ResolvedService,
): NetworkPolicyIngressRule[] {
  if (mode !== DeploymentMode.STANDARD || role === 'explainer') return [];
  const callers = role === 'predictor' ? [transformer, explainer] : [explainer];
  return callers.flatMap((caller) =>
    caller === undefined
      ? []
      : [
          {
            from: [NetworkPeer.pods(caller.selector).definition],
            ports: portsOf(server),
          },
        ],
  );
}

function egressOf(
  { role }: ResolvedComponent,
  { mode, knative, predictor, transformer }: ResolvedService,
  { payloadLogging, explainer, canary }: InferenceServiceProps,
): NetworkPolicyEgressRule[] {
  const source = role === 'predictor' ? canary?.model : explainer?.art?.model;
  const rules = [
    ...(role === 'predictor' && payloadLogging ? payloadEgress(payloadLogging.sink) : []),
    ...(source && role !== 'transformer' ? source.definition.egress.map(egressRule) : []),
  ];
  if (role === 'predictor') return rules;
  if (mode === DeploymentMode.KNATIVE)
    return [
      ...rules,
      {
        to: [NetworkPeer.namespace(knative.ingressNamespace).definition],
        ports: tcp(...INGRESS_PORTS),
      },
    ];
  const called = role === 'transformer' ? [predictor] : [predictor, transformer];
  return [...rules, ...called.flatMap((one) => (one ? [toComponent(one)] : []))];
}

function toComponent({ selector, server }: ResolvedComponent): NetworkPolicyEgressRule {
  return {
    to: [NetworkPeer.pods(selector).definition],
    ports: portsOf(server),
  };
}

/** Ports on which components call each other: those of the server, and of the agent that may stand before it. */
function portsOf({ engine }: ResolvedComponent['server']): NetworkPolicyPort[] {
  return tcp(...Object.values(engine.ports), AGENT_PORT);
}

/** Whether KServe's agent stands in front of the predictor. @internal */
export function hasAgent(
  { payloadLogging }: InferenceServiceProps,
  { batcher }: ResolvedPredictor,
): boolean {
  return batcher || payloadLogging !== undefined;
}
