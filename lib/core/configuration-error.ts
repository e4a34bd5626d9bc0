/** One thing wrong with an input, in the words of the property that was set. */
export interface Problem {
  /** Construct path and property, such as `serving/ResNet.cpu`. */
  readonly at: string;
  /** The value as given, with its unit. */
  readonly got: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What to change, as an instruction. */
  readonly fix: string;
}

/**
 * Thrown once per construct or value with everything that is wrong with its input, so that a user
 * mends all of it in one go. Nothing is rendered from an input that has a problem.
 */
export class ConfigurationError extends Error {
  /** @param problems at least one problem, in the order of the properties */
  public constructor(public readonly problems: readonly Problem[]) {
    super(
      problems.map((p) => `${p.at}: got ${p.got}, expected ${p.expected}; ${p.fix}`).join('\n'),
    );
    this.name = 'ConfigurationError';
  }
}
