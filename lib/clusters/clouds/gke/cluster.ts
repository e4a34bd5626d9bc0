/*
 * A regional GKE cluster: nodes without public addresses, an API server that only given blocks of addresses reach,
 * Dataplane V2, which enforces network policies, and identities of workloads instead of keys.
 */
import * as container from '@pulumi/gcp/container';
import * as organizations from '@pulumi/gcp/organizations';
import * as projects from '@pulumi/gcp/projects';
import * as serviceaccount from '@pulumi/gcp/serviceaccount';
import * as pulumi from '@pulumi/pulumi';
import type { Parent, ProvisionedCluster } from '../../cloud';
import { kubeconfigOf } from '../../kubeconfig';
import { ReleaseChannel, type ClusterSpec } from '../../specs';
import { access } from './access';
import { nodePool } from './node-pool';

/** What node pools and identities need of their cluster. */
export interface GkeCluster {
  readonly spec: ClusterSpec;
  readonly cluster: container.Cluster;
  readonly nodeAccount: serviceaccount.Account;
  /** What must be there before a node can be used. */
  readonly beforeNodes: readonly pulumi.Resource[];
  readonly project: pulumi.Output<{ readonly projectId: string; readonly number: string }>;
}

/** Makes the cluster of `spec`. */
export function cluster(parent: Parent, name: string, spec: ClusterSpec): ProvisionedCluster {
  const { clusterName, network, apiAccessFrom } = spec;
  const found = organizations.getProjectOutput({}, { parent });
  const project = pulumi
    .all([found.projectId, found.number])
    .apply(([projectId, number]) => ({ projectId: projectId ?? '', number }));
  const projectId = project.apply((one) => one.projectId);

  const resource = new container.Cluster(
    `${name}-cluster`,
    {
      name: clusterName,
      location: network.region,
      nodeLocations: [...network.zones],
      releaseChannel: { channel: spec.releaseChannel ?? ReleaseChannel.REGULAR },
      deletionProtection: spec.deletionProtection,
      // Its pools are resources of their own.
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      network: network.networkId,
      ...(network.subnetIds[0] && { subnetwork: network.subnetIds[0] }),
      networkingMode: 'VPC_NATIVE',
      ipAllocationPolicy: {
        clusterSecondaryRangeName: network.podRange,
        servicesSecondaryRangeName: network.serviceRange,
      },
      datapathProvider: 'ADVANCED_DATAPATH',
      enableIntranodeVisibility: true,
      privateClusterConfig: {
        enablePrivateNodes: true,
        enablePrivateEndpoint: apiAccessFrom.length === 0,
      },
      // Given without a block, it lets nothing in from outside the network.
      masterAuthorizedNetworksConfig: {
        cidrBlocks: apiAccessFrom.map((cidrBlock) => ({ cidrBlock })),
      },
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      enableLegacyAbac: false,
      enableShieldedNodes: true,
      workloadIdentityConfig: { workloadPool: pulumi.interpolate`${projectId}.svc.id.goog` },
      binaryAuthorization: {
        evaluationMode: spec.binaryAuthorization ? 'PROJECT_SINGLETON_POLICY_ENFORCE' : 'DISABLED',
      },
      gatewayApiConfig: { channel: 'CHANNEL_STANDARD' },
      loggingConfig: { enableComponents: ['SYSTEM_COMPONENTS', 'WORKLOADS', 'APISERVER'] },
      monitoringConfig: {
        enableComponents: ['SYSTEM_COMPONENTS', 'HPA', 'POD', 'DEPLOYMENT', 'DCGM'],
        managedPrometheus: { enabled: true },
      },
      verticalPodAutoscaling: { enabled: false },
      addonsConfig: {
        gcePersistentDiskCsiDriverConfig: { enabled: true },
        dnsCacheConfig: { enabled: true },
      },
      securityPostureConfig: { mode: 'BASIC' },
      resourceLabels: { name: clusterName },
    },
    { parent, dependsOn: [...network.ready] },
  );
  administrators(parent, name, spec, projectId);
  const { account, ready } = nodeAccount(parent, name, spec, projectId);
  const made: GkeCluster = {
    spec,
    cluster: resource,
    nodeAccount: account,
    beforeNodes: [...network.ready, ...ready],
    project,
  };
  const endpoint = pulumi.interpolate`https://${resource.endpoint}`;
  return {
    endpoint,
    kubeconfig: kubeconfigOf({
      clusterName,
      server: endpoint,
      certificateAuthority: resource.masterAuth.clusterCaCertificate,
      exec: { command: 'gke-gcloud-auth-plugin', provideClusterInfo: true },
    }),
    kubeconfigCommand: `gcloud container clusters get-credentials ${clusterName} --region ${network.region}`,
    nodeGroup: (owner, groupName, group) => nodePool(owner, groupName, group, made),
    access: (owner, accessName, request) => access(owner, accessName, request, made),
  };
}

function administrators(
  parent: Parent,
  name: string,
  { administrators: members }: ClusterSpec,
  project: pulumi.Output<string>,
): void {
  for (const member of members) {
    new projects.IAMMember(
      `${name}-${member.replace(/[^A-Za-z0-9]+/g, '-')}`,
      { project, role: 'roles/container.admin', member },
      { parent },
    );
  }
}

/**
 * What nodes may do: write logs and metrics, and pull images of the project.
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster (2026-11)
 */
function nodeAccount(
  parent: Parent,
  name: string,
  { clusterName }: ClusterSpec,
  project: pulumi.Output<string>,
): { readonly account: serviceaccount.Account; readonly ready: readonly pulumi.Resource[] } {
  const account = new serviceaccount.Account(
    `${name}-nodes`,
    { accountId: `${clusterName.slice(0, 24)}-nodes`, displayName: `Nodes of ${clusterName}` },
    { parent },
  );
  const roles = ['container.defaultNodeServiceAccount', 'artifactregistry.reader'];
  const ready = roles.map(
    (role) =>
      new projects.IAMMember(
        `${name}-nodes-${role.replace('.', '-')}`,
        {
          project,
          role: `roles/${role}`,
          member: pulumi.interpolate`serviceAccount:${account.email}`,
        },
        { parent },
      ),
  );
  return { account, ready };
}
