/*
 * Recorded resources as a plan of Terraform, for scanners that read that: the providers of Pulumi have the
 * properties of Terraform's, in other letters.
 */
import type { Recorded } from '../../support/recorder';

/** Packages of Pulumi → prefix of Terraform's resources. */
const PREFIXES: Readonly<Record<string, string>> = { aws: 'aws', gcp: 'google' };

/** Services that Terraform leaves out of the names of its resources. */
const WITHOUT_SERVICE = ['ec2', 'autoscaling/tag', 'projects', 'organizations'];

/** Lists that Terraform writes as blocks of the singular. */
const SINGULAR: Readonly<Record<string, string>> = {
  rules: 'rule',
  taints: 'taint',
  lifecycleRules: 'lifecycle_rule',
  secondaryIpRanges: 'secondary_ip_range',
  overrides: 'override',
  guestAccelerators: 'guest_accelerator',
};

const snake = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');

/** Maps whose keys are data. */
const DATA = ['tags', 'labels', 'metadata', 'resourceLabels'];

function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      SINGULAR[key] ?? snake(key),
      DATA.includes(key) ? (one as unknown) : block(converted(one)),
    ]),
  );
}

/** Terraform keeps a block as a list of one. */
function block(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value;
}

/** Name of Terraform's resource of a type token; undefined of what is in no cloud. */
export function terraformType(token: string): string | undefined {
  const [, pack = '', service = '', kind = ''] = /^(\w+):(\w+)\/\w+:(\w+)$/.exec(token) ?? [];
  const prefix = PREFIXES[pack];
  if (prefix === undefined) return undefined;
  const parts = [
    prefix,
    ...(WITHOUT_SERVICE.includes(service) ? [] : [snake(service)]),
    snake(kind),
  ];
  return parts.join('_').replace('_v_p_c', '_vpc').replace('i_a_m_', 'iam_');
}

/** All resources of clouds, as a plan of Terraform. */
export function terraformPlan(resources: readonly Recorded[]): object {
  const planned = resources.flatMap(({ type, name, inputs }) => {
    const kind = terraformType(type);
    const id = name.replace(/\./g, '-');
    return kind === undefined
      ? []
      : [
          {
            address: `${kind}.${id}`,
            mode: 'managed',
            type: kind,
            name: id,
            values: converted(inputs) as object,
          },
        ];
  });
  return {
    format_version: '1.2',
    terraform_version: '1.9.0',
    planned_values: { root_module: { resources: planned } },
    resource_changes: planned.map(({ values, ...resource }) => ({
      ...resource,
      change: { actions: ['create'], before: null, after: values, after_unknown: {} },
    })),
  };
}
