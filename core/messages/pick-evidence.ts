import type { EvidenceLine } from '../diagnosis.ts';
import { tellingLine } from './telling-line.ts';

const MOST_LINES = 8;
const LONGEST_SHAPE = 200;

/**
 * The lines worth a reader's time: of those that differ in numbers and requests only, the first. The others still
 * are in the JSON.
 */
export function pickEvidence(evidence: readonly EvidenceLine[]): EvidenceLine[] {
  const seen = new Set<string>();
  const picked = evidence.filter((line) => {
    const shape = shapeOf(line);
    const isNew = !seen.has(shape);
    seen.add(shape);
    return isNew;
  });
  return picked.slice(0, MOST_LINES);
}

/** What kind of line it is: of a request how it was answered, of others the text without numbers and request. */
function shapeOf({ role, host, line }: EvidenceLine): string {
  const text = tellingLine(role, line).slice(0, LONGEST_SHAPE);
  if (role === 'access') return text.replace(/^.* answered| after [\d.]+\u00a0s/g, '');
  return `${role} ${host} ${text.replace(/, for .*$/, '').replace(/\d+/g, '#')}`;
}
