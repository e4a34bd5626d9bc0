import * as pulumi from '@pulumi/pulumi';

/** How to reach a cluster. */
export interface KubeconfigOptions {
  readonly clusterName: string;
  readonly server: pulumi.Output<string>;
  /** Base64, as the cloud gives it. */
  readonly certificateAuthority: pulumi.Output<string>;
  /** The cloud's own tool, which gives a token. */
  readonly exec: {
    readonly command: string;
    readonly args?: readonly string[];
    readonly provideClusterInfo?: boolean;
  };
}

/** A kubeconfig that calls the cloud's own tool for each token: no credential is in it. */
export function kubeconfigOf(options: KubeconfigOptions): pulumi.Output<string> {
  const { clusterName: name, server, certificateAuthority, exec } = options;
  return pulumi.jsonStringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': certificateAuthority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [
      { name, user: { exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', ...exec } } },
    ],
  });
}
