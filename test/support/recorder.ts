/*
 * Declares Pulumi resources without an engine and keeps what was registered.
 */
import * as pulumi from '@pulumi/pulumi';
import * as settings from '@pulumi/pulumi/runtime/settings';

/** A resource as it was registered. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly urn: string;
}

/** What was declared, and what was said. */
export interface Recording {
  readonly resources: readonly Recorded[];
  readonly warnings: readonly string[];
}

/** Outputs that a cloud computes, as far as programs read them. */
function computed(type: string, name: string): Record<string, unknown> {
  const arn = `arn:aws:test:eu-west-1:111122223333:${name}`;
  const common = { arn, url: `https://queue.test/${name}`, email: `${name}@test` };
  switch (type) {
    case 'aws:eks/cluster:Cluster':
      return {
        ...common,
        endpoint: 'https://api.test',
        certificateAuthority: { data: 'Q0E=' },
        kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' },
      };
    case 'aws:eks/nodeGroup:NodeGroup':
      return { ...common, resources: [{ autoscalingGroups: [{ name: `asg-${name}` }] }] };
    case 'aws:ec2/launchTemplate:LaunchTemplate':
      return { ...common, latestVersion: 1 };
    case 'gcp:container/cluster:Cluster':
      return { endpoint: 'api.test', masterAuth: { clusterCaCertificate: 'Q0E=' } };
    default:
      return common;
  }
}

let current: { resources: Recorded[] } = { resources: [] };

/** Switches Pulumi to recording; once a test file, before anything is declared. */
export async function startRecording(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        const given = inputs as Record<string, unknown>;
        current.resources.push({ type, name, inputs: given, urn: `${type}::${name}` });
        return {
          id: id === undefined || id === '' ? `${name}-id` : id,
          state: { ...computed(type, name), ...given },
        };
      },
      call: ({ token }) =>
        token === 'aws:eks/getAddonVersion:getAddonVersion'
          ? { version: 'v1.0.0-eksbuild.1' }
          : { projectId: 'acme', number: '123456789012' },
    },
    'inference-constructs',
    'test',
    false,
  );
}

/** Every registration so far, and those that they lead to. The SDK has it, and does not declare it. */
async function registrations(): Promise<void> {
  await (settings as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}

/** Runs a program and returns all that it declared, once every registration is through. */
export async function record(program: () => void): Promise<Recording> {
  current = { resources: [] };
  const warnings: string[] = [];
  const warn = jest.spyOn(pulumi.log, 'warn').mockImplementation((message: string) => {
    warnings.push(message);
    return Promise.resolve();
  });
  try {
    program();
    await registrations();
  } finally {
    warn.mockRestore();
  }
  return { resources: current.resources, warnings };
}

/** The resources of one type. */
export function ofType({ resources }: Recording, type: string): readonly Recorded[] {
  return resources.filter((resource) => resource.type === type);
}
