/*
 * A service whose props and pods have passed all checks.
 */
import { Checks } from '../core/checks';
import { ConfigurationError } from '../core/configuration-error';
import type { Platform } from '../core/platform';
import { checkModelServer } from '../serving/model-server-checks';
import { checkService } from './inference-service-checks';
import type { InferenceServiceProps } from './inference-service-props';
import {
  resolveService,
  serverProps,
  type ResolvedComponent,
  type ResolvedService,
} from './resolve';

/** @throws ConfigurationError with everything that is wrong with the props */
export function checkedService(
  path: string,
  props: InferenceServiceProps,
  platform: Platform,
): ResolvedService {
  const service = resolveService(props, platform);
  const checks = new Checks(path);
  checkService(checks, props, service);
  const problems = [...checks.problems, ...checkComponents(path, props, service)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return service;
}

/** Problems of the pods of components, in the words of the service. */
function checkComponents(
  path: string,
  props: InferenceServiceProps,
  { predictor, transformer, explainer }: ResolvedService,
): ConfigurationError['problems'] {
  return [predictor, transformer, explainer].flatMap((component) =>
    component ? problemsOf(`${path}.${component.role}`, props, component) : [],
  );
}

function problemsOf(
  path: string,
  props: InferenceServiceProps,
  { role, server }: ResolvedComponent,
): ConfigurationError['problems'] {
  const pod = (role === 'predictor' ? props.predictor : props[role]) ?? {};
  const { accelerator, threads, env } = props.predictor;
  const own = role === 'predictor' ? { accelerator, threads, env } : {};
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const checks = new Checks(path);
  const { labels: _, ...input } = serverProps(props, { pod, own: given, role });
  checkModelServer(checks, { ...input, engine: { definition: server.engine } }, server);
  // Its name is that of the service, of which it is said already.
  return checks.problems.filter(({ at }) => at !== `${path}.name`);
}
