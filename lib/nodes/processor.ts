/** Instruction set of a node or a container image, as Kubernetes and OCI name it. */
export type Architecture = 'amd64' | 'arm64';

/** Facts of the processor that an instance type has. */
export interface Processor {
  readonly vendor: 'Intel' | 'AMD' | 'AWS' | 'Google';
  readonly architecture: Architecture;
  /** Name of the microarchitecture, such as `Sapphire Rapids`; the oldest where a type may get several. */
  readonly generation: string;
  /** Whether it has Advanced Matrix Extensions (AMX), which speed up int8 and bfloat16 inference. */
  readonly amx: boolean;
}

/** A requirement on the processors of a pool. */
export enum ProcessorRequirement {
  /** Intel Xeon of any generation. */
  XEON = 'Intel Xeon',
  /** Intel Xeon with AMX: Sapphire Rapids or later. */
  XEON_AMX = 'Intel Xeon with AMX',
}

/** Whether `processor` is what `requirement` asks for. */
export function meets(processor: Processor, requirement: ProcessorRequirement): boolean {
  const intel = processor.vendor === 'Intel';
  return requirement === ProcessorRequirement.XEON ? intel : intel && processor.amx;
}

function intel(generation: string, amx = false): Processor {
  return { vendor: 'Intel', architecture: 'amd64', generation, amx };
}

/** @internal */
export const PROCESSORS = {
  haswell: intel('Haswell'),
  broadwell: intel('Broadwell'),
  skylake: intel('Skylake'),
  cascadeLake: intel('Cascade Lake'),
  iceLake: intel('Ice Lake'),
  sapphireRapids: intel('Sapphire Rapids', true),
  emeraldRapids: intel('Emerald Rapids', true),
  graniteRapids: intel('Granite Rapids', true),
  naples: { vendor: 'AMD', architecture: 'amd64', generation: 'Naples', amx: false },
  rome: { vendor: 'AMD', architecture: 'amd64', generation: 'Rome', amx: false },
  milan: { vendor: 'AMD', architecture: 'amd64', generation: 'Milan', amx: false },
  genoa: { vendor: 'AMD', architecture: 'amd64', generation: 'Genoa', amx: false },
  graviton2: { vendor: 'AWS', architecture: 'arm64', generation: 'Graviton2', amx: false },
  graviton3: { vendor: 'AWS', architecture: 'arm64', generation: 'Graviton3', amx: false },
  graviton4: { vendor: 'AWS', architecture: 'arm64', generation: 'Graviton4', amx: false },
  axion: { vendor: 'Google', architecture: 'arm64', generation: 'Axion', amx: false },
} as const satisfies Record<string, Processor>;
