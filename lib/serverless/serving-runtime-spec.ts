import { ServingRuntime as Binding } from '../../imports/serving-runtime';
import { customResource, type PlainObject } from '../core/custom-resource';
import type { Protocol } from '../serving/engine-definition';
import type { KServeFormat } from './kserve-format';
import { protocolVersionOf } from './protocol-version';
import type { Container, PodSpec } from 'kubernetes-types/core/v1';

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly formats: readonly KServeFormat[];
  readonly protocols: readonly Protocol[];
  readonly container: Container;
  readonly volumes: PodSpec['volumes'];
  /** Whether it serves what `TrainedModel`s name. */
  readonly multiModel?: boolean;
  /** Whether KServe may choose it for services that name none. */
  readonly autoSelect?: boolean;
}

/** A ServingRuntime. */
export function servingRuntime(parts: RuntimeParts): PlainObject {
  const { name, labels, formats, protocols, container, volumes, multiModel, autoSelect } = parts;
  // What it takes is said by the services.
  const { resources: _, ...own } = container;
  const spoken = protocols.flatMap((protocol) => protocolVersionOf(protocol) ?? []);
  // KServe asks of every runtime for one of its own; what it knows nothing of, it passes on.
  const versions = spoken.length > 0 ? spoken : ['v1', 'v2'];
  return customResource(Binding, {
    metadata: { name, labels: { ...labels } },
    spec: {
      supportedModelFormats: formats.map((format) => ({
        ...format,
        autoSelect: autoSelect ?? false,
      })),
      protocolVersions: versions,
      multiModel: multiModel ?? false,
      containers: [own],
      ...(volumes && volumes.length > 0 && { volumes: [...volumes] }),
    },
  });
}
