/** Who runs the pods of an `InferenceService`. KServe cannot change it once a service is there. */
export enum DeploymentMode {
  /** Knative Serving: scales by open requests, and to nothing. Every request passes its proxies. */
  KNATIVE = 'Knative',
  /** Deployments and Services of Kubernetes: no proxies beside the pods, and no scale to zero by requests. */
  STANDARD = 'Standard',
}
