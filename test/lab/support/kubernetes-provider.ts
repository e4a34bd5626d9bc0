/*
 * The Kubernetes provider of the engine's tests: objects go to a real API server, with strict validation, as the
 * provider of Pulumi applies them; releases of Helm are kept.
 */
import { KARPENTER, installDefinitions } from './definitions';
import type { KubeClient, KubeObject } from './kube-client';
import { until } from './processes';
import type { Properties } from './provider-server';
import { SimulatedCloud } from './simulated-cloud';

/** Brings its definitions along. */
const KARPENTER_CHART = 'oci://public.ecr.aws/karpenter/karpenter';

/** Fields of a manifest; what else is in the properties is Pulumi's. */
function objectOf(inputs: Properties): KubeObject {
  return Object.fromEntries(
    Object.entries(inputs).filter(([key]) => key !== 'status'),
  ) as unknown as KubeObject;
}

export class KubernetesProvider extends SimulatedCloud {
  public constructor(private readonly client: () => KubeClient) {
    super();
  }

  public override async create(
    type: string,
    name: string,
    inputs: Properties,
  ): Promise<{ id: string; properties: Properties }> {
    const kept = await super.create(type, name, inputs);
    if (inputs['chart'] === KARPENTER_CHART) await installDefinitions(this.client(), KARPENTER);
    if (!isObject(type)) return kept;
    try {
      // As the provider since 4.29: what is there already is not taken over.
      await this.client().create(objectOf(inputs));
    } catch (error) {
      this.resources.delete(kept.id);
      throw error;
    }
    return kept;
  }

  public override async update(
    type: string,
    name: string,
    id: string,
    inputs: Properties,
  ): Promise<Properties> {
    if (isObject(type)) await this.client().apply(objectOf(inputs));
    return super.update(type, name, id, inputs);
  }

  public override async delete(type: string, name: string, id: string): Promise<void> {
    const { inputs } = this.resources.get(id) ?? {};
    if (inputs && isObject(type)) {
      const object = objectOf(inputs);
      await this.client().remove(object);
      await until(`${name} is gone`, 60, () =>
        this.client()
          .get(object)
          .then(
            () => false,
            () => true,
          ),
      );
    }
    await super.delete(type, name, id);
  }
}

/** Everything but releases and what only operators of a cloud know. */
function isObject(type: string): boolean {
  return !type.startsWith('kubernetes:helm.sh');
}
