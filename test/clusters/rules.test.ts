/*
 * The rules for resources of clouds, over everything that the stacks declare.
 */
import * as pulumi from '@pulumi/pulumi';
import { AWS_RULES } from '../../lib/clusters/policy/aws-rules';
import { GCP_RULES } from '../../lib/clusters/policy/gcp-rules';
import type { CloudRule, Inputs } from '../../lib/clusters/policy/rule';
import { program } from '../../stacks/pulumi/program';
import { CONFIGURATIONS } from '../support/configurations';
import { record, startRecording, type Recorded } from '../support/recorder';

const RULES = [...AWS_RULES, ...GCP_RULES];

/** What stacks leave to the project that they are deployed to. */
const LEFT_TO_OTHERS: Readonly<Record<string, string>> = {
  CKV_GCP_66: 'which images may run is the policy of a project; `binaryAuthorization` asks for it',
};

/** Inputs that break the rules which hold where nothing is said. */
const BROKEN: Readonly<Record<string, Inputs>> = {
  CKV_AWS_100: { remoteAccess: { ec2SshKey: 'key' } },
  CKV_AWS_88: { networkInterfaces: [{ associatePublicIpAddress: 'true' }] },
  CKV_AWS_130: { mapPublicIpOnLaunch: true },
  CKV2_AWS_12: { ingress: [{ protocol: '-1' }] },
  CKV_AWS_63: { policy: statement('s3:*', 'arn:aws:s3:::models') },
  CKV_AWS_355: { policy: statement('s3:GetObject', '*') },
};

function statement(Action: string, Resource: string): string {
  return JSON.stringify({ Statement: [{ Effect: 'Allow', Action, Resource }] });
}

const declared: (Recorded & { readonly stack: string })[] = [];

beforeAll(async () => {
  await startRecording();
  for (const [stack, config] of Object.entries(CONFIGURATIONS)) {
    pulumi.runtime.setAllConfig({ ...config });
    const { resources } = await record(() => void program());
    declared.push(...resources.map((resource) => ({ ...resource, stack })));
  }
});

test('rules have ids of their own for each type', () => {
  const keys = RULES.map(({ id, type }) => `${id} ${type}`);

  expect(new Set(keys).size).toBe(keys.length);
});

describe.each(RULES.map((rule): [string, CloudRule] => [`${rule.id}: ${rule.title}`, rule]))(
  '%s',
  (_, rule) => {
    test('is kept by every resource of every stack', () => {
      const concerned = declared.filter(({ type }) => type === rule.type);
      const broken = concerned.filter(({ inputs }) => !rule.holds(inputs));

      expect(concerned.length).toBeGreaterThan(0);
      if (rule.id in LEFT_TO_OTHERS) return;
      expect(broken.map(({ stack, name }) => `${stack}: ${name}`)).toEqual([]);
    });

    test('is broken by inputs that break it', () => {
      expect(rule.holds(BROKEN[rule.id] ?? {})).toBe(false);
    });
  },
);

test('what is allowed on all resources is listed', () => {
  const allowed = declared
    .filter(({ type }) => type === 'aws:iam/rolePolicy:RolePolicy')
    .flatMap(({ inputs }) => {
      const { Statement } = JSON.parse(String(inputs['policy'])) as {
        Statement: { Action: string[]; Resource: string | string[] }[];
      };
      return Statement.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(
        ({ Action }) => Action,
      );
    });

  expect([...new Set(allowed)].sort()).toMatchSnapshot();
});
