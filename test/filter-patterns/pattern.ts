/** How to read what the documentation does not say, see `evaluate-pattern.ts`. */
export type Reading = 'strict' | 'lenient';
export const READINGS: readonly Reading[] = ['strict', 'lenient'];

export type Predicate = (message: string) => boolean;

/** CloudWatch refuses the pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}
