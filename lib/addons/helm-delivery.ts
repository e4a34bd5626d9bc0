/*
 * Who installs charts in the cluster, besides Pulumi: the registry of deliveries. A new one is one file in
 * `deliveries/` and one line here.
 */
import { argoCd } from './deliveries/argo-cd';
import { flux } from './deliveries/flux';
import type { HelmDeliveryDefinition } from './helm-delivery-definition';

/** The tools that a `HelmAddon` can be handed to. */
export class HelmDelivery {
  private static readonly registered = new Map<string, HelmDelivery>();

  /** Flux, with its source and helm controllers. */
  public static readonly FLUX = HelmDelivery.register(flux);
  /** Argo CD. */
  public static readonly ARGO_CD = HelmDelivery.register(argoCd);

  /** Every delivery that ships with the library; contract tests run over these. */
  public static all(): readonly HelmDelivery[] {
    return [...this.registered.values()];
  }

  private static register(definition: HelmDeliveryDefinition): HelmDelivery {
    if (this.registered.has(definition.id))
      throw new Error(`delivery "${definition.id}" is registered twice`);
    const delivery = new HelmDelivery(definition);
    this.registered.set(definition.id, delivery);
    return delivery;
  }

  private constructor(
    /** @internal */
    public readonly definition: HelmDeliveryDefinition,
  ) {}

  /** Namespace that the tool reads its objects from, unless it is told otherwise. */
  public get namespace(): string {
    return this.definition.namespace;
  }

  /** For people: `Flux`. */
  public toString(): string {
    return this.definition.title;
  }
}
