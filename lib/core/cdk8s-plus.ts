/*
 * The only import of cdk8s-plus: it comes as one package per Kubernetes minor, so that a move to
 * another is a change of this file and of package.json.
 */
export { Cpu } from 'cdk8s-plus-28';
export type { IScalable, ScalingTarget } from 'cdk8s-plus-28';
