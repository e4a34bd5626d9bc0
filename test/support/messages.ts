import { ConfigurationError } from 'inference-constructs';

/** What is said of an input, or that nothing is. */
export function messageOf(make: () => void): string {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}
