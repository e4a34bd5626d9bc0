/*
 * The policy pack: the rules that the stacks of this library keep, for any program.
 *
 *   pulumi preview --policy-pack node_modules/inference-constructs/policy
 */
import { PolicyPack } from '@pulumi/policy';
import { AWS_RULES } from './aws-rules';
import { GCP_RULES } from './gcp-rules';

new PolicyPack('inference-constructs', {
  policies: [...AWS_RULES, ...GCP_RULES].map((rule) => ({
    name: rule.id.toLowerCase().replaceAll('_', '-'),
    description: rule.title,
    enforcementLevel: rule.level,
    validateResource: ({ type, props }, report) => {
      if (type === rule.type && !rule.holds(props as Record<string, unknown>))
        report(`expected: ${rule.title}`);
    },
  })),
});
