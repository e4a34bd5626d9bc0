/*
 * Labels of the objects we make. The selectors use only what can never change for an object of that
 * name, because a Deployment's selector is immutable: moving a construct or exchanging the engine must
 * not force a Deployment to be deleted.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ (v1.35)
 */

/** Key of the node label by which pods find the pools they are placed on. Value: the pool's name. */
export const POOL_LABEL = 'inference-constructs/pool';

/** Annotation on pod templates: a digest of configuration files and model sources, so that changing them rolls the pods. */
export const CONTENT_HASH_ANNOTATION = 'inference-constructs/content-hash';

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';

/** The kind of software (`name`) and which one of its kind (`instance`): enough to select its pods for ever. */
export interface Identity {
  readonly name: string;
  readonly instance: string;
}

/** Labels that a selector may use. */
export function selectorLabels(identity: Identity): Record<string, string> {
  return { [NAME]: identity.name, [INSTANCE]: identity.instance };
}

/** The standard labels of an object: those of its selector and those that may change. */
export function standardLabels(
  identity: Identity & { readonly component: string },
): Record<string, string> {
  return {
    ...selectorLabels(identity),
    'app.kubernetes.io/component': identity.component,
    'app.kubernetes.io/managed-by': 'inference-constructs',
  };
}
