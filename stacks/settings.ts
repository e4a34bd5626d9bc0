import { ConfigurationError } from 'inference-constructs';

/** The gateways that `eks-spot-resnet` is written for. */
export const INGRESSES = ['aws-alb', 'envoy-gateway'] as const;

/** What is chosen for the stacks, besides their code. */
export interface StackSettings {
  readonly ingress: (typeof INGRESSES)[number];
}

/**
 * Reads the settings.
 * @param valueOf value of a key, such as `ingress`; undefined if it is not set
 * @throws ConfigurationError when a value is none of the choices
 */
export function readSettings(valueOf: (key: string) => string | undefined): StackSettings {
  const given = valueOf('ingress') ?? INGRESSES[0];
  const ingress = INGRESSES.find((one) => one === given);
  if (ingress !== undefined) return { ingress };
  throw new ConfigurationError([
    {
      at: 'inference:ingress',
      got: `"${given}"`,
      expected: INGRESSES.join(', '),
      fix: 'choose one with INFERENCE_INGRESS, or with: pulumi config set inference:ingress NAME',
    },
  ]);
}
