/*
 * A cloud that keeps what it is given: ids and addresses as clouds make them, no two of one name, nothing deleted
 * while something refers to it. Every call is in its journal, and each can be made to fail.
 */
import { REPLACE_ON } from './replacements';
import {
  UNKNOWN,
  type Difference,
  type Kept,
  type Properties,
  type Provider,
} from './provider-server';

/** One call that changed something. */
export interface Entry {
  readonly operation: 'create' | 'update' | 'delete';
  readonly type: string;
  readonly name: string;
}

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  readonly properties: Properties;
  /** What others refer to it by. */
  readonly keys: readonly string[];
}

/** What answers a call in the place of the simulation, such as the API of a cloud. */
export type Backend = (type: string, inputs: Properties) => Promise<readonly string[]>;

/** Properties that name a resource; two with one name are refused. */
const NAMES = ['name', 'bucket', 'accountId', 'queueName'];

export class SimulatedCloud implements Provider {
  public readonly journal: Entry[] = [];
  public readonly resources = new Map<string, Resource>();
  /** Whether the next call of that kind fails, as clouds do. */
  public fails: (entry: Entry) => boolean = () => false;
  private count = 0;

  public constructor(private readonly backend: Backend = () => Promise.resolve([])) {}

  public check(type: string, _: string, inputs: Properties): Promise<readonly string[]> {
    return JSON.stringify(inputs).includes(UNKNOWN)
      ? Promise.resolve([])
      : this.backend(type, inputs);
  }

  public diff(type: string, before: Properties, after: Properties): Difference {
    const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (key) => JSON.stringify(sorted(before[key])) !== JSON.stringify(sorted(after[key])),
    );
    const replaces = (REPLACE_ON[type] ?? []).filter(
      (path) =>
        JSON.stringify(sorted(at(before, path))) !== JSON.stringify(sorted(at(after, path))),
    );
    return {
      changes,
      replaces: [...new Set(replaces.map((path) => path.split('.')[0] ?? path))],
      // A provider that gives names itself can make the new one first.
      deleteBeforeReplace: NAMES.some((key) => key in after && after[key] === before[key]),
    };
  }

  public planned(type: string, name: string, inputs: Properties, before?: Properties): Properties {
    if (before === undefined) return merged(unknown(computed(type, name, '', inputs)), inputs);
    // A new version of a launch template gets a number that nobody knows yet.
    return merged(
      { ...before, ...('latestVersion' in before && { latestVersion: UNKNOWN }) },
      inputs,
    );
  }

  public create(type: string, name: string, inputs: Properties): Promise<Kept> {
    this.log({ operation: 'create', type, name });
    for (const other of this.resources.values()) {
      const same = NAMES.find(
        (key) => other.type === type && key in inputs && other.inputs[key] === inputs[key],
      );
      if (same !== undefined && !type.includes('/bucket') && !/IAM|Policy|Tag/.test(type))
        throw new Error(`AlreadyExists: ${type} ${String(inputs[same])}`);
    }
    const id = `${idPrefix(type)}-${(this.count += 1).toString(16).padStart(8, '0')}`;
    const added = computed(type, name, id, inputs);
    const properties = merged(added, inputs);
    this.resources.set(id, { type, name, inputs, properties, keys: [id, String(added['arn'])] });
    return Promise.resolve({ id, properties });
  }

  public read(_: string, id: string): Promise<Properties | undefined> {
    return Promise.resolve(this.resources.get(id)?.properties);
  }

  public update(type: string, name: string, id: string, inputs: Properties): Promise<Properties> {
    this.log({ operation: 'update', type, name });
    const before = this.resources.get(id);
    if (before === undefined) throw new Error(`NotFound: ${type} ${id}`);
    const properties = {
      ...merged(before.properties, inputs),
      ...('latestVersion' in before.properties && {
        latestVersion: Number(before.properties['latestVersion']) + 1,
      }),
    };
    this.resources.set(id, { ...before, inputs, properties });
    return Promise.resolve(properties);
  }

  public delete(type: string, name: string, id: string): Promise<void> {
    this.log({ operation: 'delete', type, name });
    const { properties, keys = [] } = this.resources.get(id) ?? {};
    for (const [otherId, other] of this.resources) {
      if (otherId === id) continue;
      const user = keys.find((key) => mentions(other.inputs, key));
      const inCluster =
        /:Cluster$/.test(type) &&
        [other.inputs['clusterName'], other.inputs['cluster']].includes(properties?.['name']);
      if (user !== undefined || inCluster)
        throw new Error(
          `DependencyViolation: ${type} ${name} is used by ${other.type} ${other.name}`,
        );
    }
    this.resources.delete(id);
    return Promise.resolve();
  }

  public invoke(token: string): Properties {
    return token.includes('getAddonVersion')
      ? { version: 'v1.0.0-eksbuild.1' }
      : { projectId: 'acme', number: '123456789012' };
  }

  private log(entry: Entry): void {
    if (this.fails(entry)) throw new Error(`InternalError: ${entry.operation} ${entry.name}`);
    this.journal.push(entry);
  }
}

/** The same properties, of which no value is known. */
function unknown(properties: Properties): Properties {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, UNKNOWN]));
}

/** What the cloud knows, and over it what it was told; objects are merged one level deep. */
function merged(known: Properties, told: Properties): Properties {
  return Object.fromEntries(
    Object.entries({ ...known, ...told }).map(([key, value]) => {
      const before = known[key];
      return isPlain(before) && isPlain(value) ? [key, { ...before, ...value }] : [key, value];
    }),
  );
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((one, key) => (one as Record<string, unknown> | undefined)?.[key], value);
}

function mentions(value: unknown, key: string): boolean {
  if (value === key) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((one) => mentions(one, key));
}

/** First letters of the ids that a cloud gives. */
function idPrefix(type: string): string {
  const kind = type.split(':').pop() ?? '';
  return (
    { Vpc: 'vpc', Subnet: 'subnet', SecurityGroup: 'sg', RouteTable: 'rtb', LaunchTemplate: 'lt' }[
      kind
    ] ?? kind
  );
}

/** What the cloud adds to a resource. */
function computed(type: string, name: string, id: string, inputs: Properties): Properties {
  const service = type.split(/[:/]/)[1] ?? '';
  const common = {
    arn: `arn:aws:${service}:eu-west-1:111122223333:${id}`,
    name: `${(inputs['namePrefix'] ?? inputs['nodeGroupNamePrefix'] ?? `${name}-`) as string}${id}`,
  };
  switch (type) {
    case 'aws:eks/cluster:Cluster':
      return {
        ...common,
        endpoint: `https://${id}.eu-west-1.eks.test`,
        certificateAuthority: { data: 'Q0E=' },
        kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' },
        vpcConfig: { clusterSecurityGroupId: `sg-${id}` },
      };
    case 'aws:eks/nodeGroup:NodeGroup':
      return {
        ...common,
        nodeGroupName: common.name,
        resources: [{ autoscalingGroups: [{ name: `eks-${common.name}` }] }],
      };
    case 'aws:ec2/launchTemplate:LaunchTemplate':
      return { ...common, latestVersion: 1 };
    case 'aws:sqs/queue:Queue':
      return { ...common, url: `https://sqs.eu-west-1.amazonaws.com/111122223333/${id}` };
    case 'gcp:container/cluster:Cluster':
      return { ...common, endpoint: '10.0.0.2', masterAuth: { clusterCaCertificate: 'Q0E=' } };
    case 'gcp:serviceaccount/account:Account':
      return { ...common, email: `${id}@acme.iam.gserviceaccount.com` };
    default:
      return common;
  }
}
