/*
 * What must hold over a whole app, whoever made the objects in it. Installed once per app by the first
 * of our objects, so that it also works in an app and in charts of somebody else.
 */
import { ApiObject, App, type IResolver, type ResolutionContext } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { ConfigurationError, type Problem } from './configuration-error';

/** What Pulumi writes when an Output is put into a string. */
const OUTPUT_AS_TEXT = 'Calling [toString] on an [Output<T>] is not supported';

const guarded = new WeakSet<IConstruct>();

/** Makes synthesis of the app around `scope` fail on objects that overwrite each other and on Pulumi Outputs. */
export function guardApp(scope: IConstruct): void {
  const root = scope.node.root;
  if (guarded.has(root)) return;
  guarded.add(root);
  root.node.addValidation({ validate: () => requireUniqueObjects(root) });
  if (root instanceof App) root.resolvers.unshift(new RejectPulumiOutputs());
}

/** @throws ConfigurationError naming every object that is declared more than once. */
function requireUniqueObjects(root: IConstruct): string[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const object of root.node.findAll()) {
    if (!ApiObject.isApiObject(object)) continue;
    const { apiVersion, kind, name, metadata } = object;
    const key = `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${name}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, object.node.path);
    else {
      problems.push({
        at: object.node.path,
        got: `${kind} "${name}" in namespace "${metadata.namespace ?? ''}", which ${earlier} declares too`,
        expected: 'every object of the app only once, as the later would overwrite the earlier',
        fix: 'give one of the two another name or namespace',
      });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return [];
}

/** Refuses values that Pulumi knows only while it deploys: a manifest must be complete at synth. */
class RejectPulumiOutputs implements IResolver {
  public resolve(context: ResolutionContext): void {
    const value: unknown = context.value;
    if (!isPulumiOutput(value)) return;
    throw new ConfigurationError([
      {
        at: `${context.obj.node.path}: ${context.key.join('.')}`,
        got: 'a Pulumi Output',
        expected: 'a plain value, known when manifests are made',
        fix: 'choose the name up front and give the same plain string to the Pulumi resource and to the manifest',
      },
    ]);
  }
}

function isPulumiOutput(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(OUTPUT_AS_TEXT);
  return typeof value === 'object' && value !== null && '__pulumiOutput' in value;
}
