/*
 * The configuration of a Pulumi stack besides what is in the manifests: typed, and with one error that lists every
 * key that is missing or wrong.
 */
import { ConfigurationError, type Problem } from 'inference-constructs';
import { NatGateways } from 'inference-constructs/cloud';
import { EXAMPLES, choiceOf, readSettings, type StackSettings, type ValueOf } from '../settings';

/** What a stack's cluster is made from. */
export interface ClusterSettings {
  readonly clusterName: string;
  readonly zones: readonly string[];
  readonly version: string | undefined;
  readonly natGateways: NatGateways;
  readonly apiAccessFrom: readonly string[];
  readonly administrators: readonly string[];
  /** Whether the bucket is made with the cluster; else it is there. */
  readonly createBucket: boolean;
  readonly deletionProtection: boolean;
  /** Today, on which the version of the cluster is judged. */
  readonly asOf: string;
}

/** All of the configuration of one stack. */
export interface ProgramSettings {
  readonly stack: StackSettings;
  /** Undefined where the manifests go to a cluster that is there. */
  readonly cluster: ClusterSettings | undefined;
}

/** Reads keys by their full name, such as `inference:zones` and `aws:region`. */
export type ConfigOf = (key: string) => string | undefined;

/** What the stacks need of the configuration of their cloud. */
const CLOUD_KEYS = {
  eks: { key: 'aws:region', example: 'eu-west-1', title: 'region of the zones' },
  gke: { key: 'gcp:project', example: 'my-project', title: 'project of the cluster' },
} as const;

/**
 * Reads the configuration of the stack `name`.
 * @throws ConfigurationError with every key that is missing or wrong
 */
export function readProgramSettings(
  name: string,
  cloudOf: ((settings: StackSettings) => 'eks' | 'gke') | undefined,
  config: ConfigOf,
  today: string,
): ProgramSettings {
  const valueOf: ValueOf = (key) => config(`inference:${key}`);
  const problems: Problem[] = [];
  const stack = collected(problems, () =>
    readSettings((key) => valueOf(key) ?? (key === 'region' ? config('aws:region') : undefined)),
  );
  const choices = cloudOf ? (['new', 'existing'] as const) : (['existing'] as const);
  const where = choiceOf(valueOf, 'cluster', choices, problems) ?? choices[0];
  const cluster = where === 'new' ? clusterSettings(name, valueOf, today, problems) : undefined;
  if (cluster && stack && cloudOf) {
    requireCloud(cloudOf(stack), cluster, config, problems);
    requireNoQueue(stack, problems);
    if (name === 'eks-spot-resnet' && stack.ingress === 'aws-alb') requireArns(stack, problems);
  }
  if (problems.length > 0 || stack === undefined) throw new ConfigurationError(problems);
  return { stack, cluster };
}

function clusterSettings(
  name: string,
  valueOf: ValueOf,
  today: string,
  problems: Problem[],
): ClusterSettings {
  const nat = Object.values(NatGateways);
  return {
    clusterName: valueOf('clusterName') ?? name,
    zones: listOf(valueOf, 'zones'),
    version: valueOf('version'),
    natGateways: choiceOf(valueOf, 'natGateways', nat, problems) ?? NatGateways.ONE,
    apiAccessFrom: listOf(valueOf, 'apiAccessFrom'),
    administrators: listOf(valueOf, 'administrators'),
    createBucket: flagOf(valueOf, 'createBucket', true, problems),
    deletionProtection: flagOf(valueOf, 'deletionProtection', false, problems),
    asOf: today,
  };
}

function requireCloud(
  cloud: keyof typeof CLOUD_KEYS,
  { zones }: ClusterSettings,
  config: ConfigOf,
  problems: Problem[],
): void {
  const { key, example, title } = CLOUD_KEYS[cloud];
  if (zones.length === 0) {
    problems.push({
      at: 'inference:zones',
      got: 'nothing',
      expected: `two or three zones, such as ${cloud === 'eks' ? 'eu-west-1a,eu-west-1b' : 'europe-west4-a,europe-west4-b'}`,
      fix: 'set them with: pulumi config set inference:zones ZONE,ZONE',
    });
  }
  const given = config(key);
  if (given === undefined) {
    problems.push({
      at: key,
      got: 'nothing',
      expected: `the ${title}, such as ${example}`,
      fix: `set it with: pulumi config set ${key} NAME`,
    });
  } else if (cloud === 'eks' && zones.some((zone) => !zone.startsWith(given))) {
    problems.push({
      at: key,
      got: `"${given}" beside the zones ${zones.join(', ')}`,
      expected: `the ${title}`,
      fix: `set it with: pulumi config set ${key} NAME`,
    });
  }
}

/** The groups of a new cluster bring their handler and its queue with them. */
function requireNoQueue({ queueUrl }: StackSettings, problems: Problem[]): void {
  if (queueUrl === undefined) return;
  problems.push({
    at: 'inference:queueUrl',
    got: `"${queueUrl}" beside a new cluster`,
    expected: 'nothing, as its self-managed groups bring a handler and its queue with them',
    fix: 'remove it with: pulumi config rm inference:queueUrl',
  });
}

/** The account's own values: those in the manifests of the repository are nobody's. */
function requireArns(stack: StackSettings, problems: Problem[]): void {
  for (const key of ['certificateArn', 'trustStoreArn'] as const) {
    if (stack[key] !== EXAMPLES[key]) continue;
    problems.push({
      at: `inference:${key}`,
      got: 'nothing',
      expected: `an ARN, such as ${EXAMPLES[key]}`,
      fix: `set it with: pulumi config set inference:${key} ARN, or set inference:ingress to envoy-gateway`,
    });
  }
}

/** A list as text with commas, or as Pulumi writes lists. */
function listOf(valueOf: ValueOf, key: string): readonly string[] {
  const given = valueOf(key) ?? '';
  const items: unknown = given.startsWith('[') ? JSON.parse(given) : given.split(',');
  return (items as string[]).map((item) => String(item).trim()).filter((item) => item !== '');
}

function flagOf(valueOf: ValueOf, key: string, fallback: boolean, problems: Problem[]): boolean {
  const choice = choiceOf(valueOf, key, ['true', 'false'], problems);
  return choice === undefined ? fallback : choice === 'true';
}

function collected<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
