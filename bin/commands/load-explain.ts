import type { Explanation } from '../../core/explanation.ts';
import type { LogRole } from '../../core/model.ts';

/** Explains one line, a byte string, of a log of the given role. */
export type ExplainLine = (line: string, role: LogRole) => Explanation;

/** The one place that knows where it is. */
export async function loadExplainLine(): Promise<ExplainLine> {
  const path = '../../core/explain-line.ts';
  const loaded: { explainLine: ExplainLine } = await import(path);
  return loaded.explainLine;
}
