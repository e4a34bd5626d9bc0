import { at, isObject, type Json, type Manifest } from './manifest';

/** All images that manifests name, sorted, each once; without those that an operator chooses. */
export function imagesOf(manifests: readonly Manifest[]): readonly string[] {
  const found = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) {
      (value as readonly Json[]).forEach(visit);
      return;
    }
    if (!isObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const image =
        key === 'image' ? (isObject(inner) ? at(inner, 'reference') : inner) : undefined;
      if (typeof image === 'string' && image !== '') found.add(image);
      visit(inner);
    }
  };
  manifests.forEach(visit);
  return [...found].sort();
}
