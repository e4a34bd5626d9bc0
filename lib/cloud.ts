/*
 * Everything that reaches clusters through Pulumi. Loads no cdk8s: a chart is whatever has `toJson()`.
 */
export { Manifests, type ManifestsArgs } from './clusters/manifests';
