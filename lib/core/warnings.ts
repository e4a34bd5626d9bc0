import type { IConstruct } from 'constructs';

/** Type under which warnings are kept in the metadata of constructs. */
const WARNING = 'inference-constructs:warning';

/** Something that works but is likely not what one wants in production. */
export interface Warning {
  /** Construct path and property, or the value it comes from. */
  readonly at: string;
  /** What was found. */
  readonly message: string;
  /** What to change, as an instruction. */
  readonly fix: string;
}

/** Records a warning at a construct. It is kept with the tree: nothing is printed. */
export function warn(scope: IConstruct, property: string, warning: Omit<Warning, 'at'>): void {
  warnAt(scope, { at: `${scope.node.path}.${property}`, ...warning });
}

/** Records a warning that belongs to a plain value, such as a node pool, at the construct that uses it. */
export function warnAt(scope: IConstruct, warning: Warning): void {
  scope.node.addMetadata(WARNING, warning);
}

/**
 * All warnings of a tree, each once, in the order in which they were found.
 * @param root an app, a chart or any construct
 */
export function warningsOf(root: IConstruct): readonly Warning[] {
  const unique = new Map<string, Warning>();
  for (const construct of root.node.findAll()) {
    for (const entry of construct.node.metadata) {
      if (entry.type !== WARNING) continue;
      const warning = entry.data as Warning;
      unique.set(`${warning.at}\n${warning.message}`, warning);
    }
  }
  return [...unique.values()];
}
