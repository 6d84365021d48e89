import type { Check } from './check.ts';
import type { Performance } from './perform.ts';

/** One scenario's line in the table. */
export type Row = {
  readonly name: string;
  readonly seconds: number;
  readonly performance: Performance;
  /** Absent when nothing was compared. */
  readonly check: Check | undefined;
};

/** Scenario · how it went · what the client counted · ok or what is wrong. */
export function renderRow(row: Row): string {
  const name = row.name.padEnd(38);
  const seconds = `${row.seconds.toFixed(1)} s`.padStart(7);
  const { performance } = row;
  if (performance.kind !== 'done') {
    return `${name}${seconds}  ${performance.kind.toUpperCase()}: ${performance.why}\n`;
  }
  const { truth } = performance;
  const said = `${truth.failures} of ${truth.client.total}  ${countsOf(truth.causes)}`.trimEnd();
  const verdict = row.check === undefined ? '' : row.check.isGood ? '  ok' : '  FAIL';
  const problems = (row.check?.problems ?? []).map((problem) => `    ${problem}\n`).join('');
  return `${name}${seconds}  ${said}${verdict}\n${problems}`;
}

const countsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([cause, count]) => `${cause} ${count}`)
    .join(', ');

/** The last line, and whether the whole run may be called good. */
export function renderTotals(
  rows: readonly Row[],
  seconds: number,
): { readonly text: string; readonly isGood: boolean } {
  const skipped = rows.filter((row) => row.performance.kind === 'skipped').length;
  const failed = rows.filter(isBad).length;
  const passed = rows.length - skipped - failed;
  const text = `${passed} passed, ${failed} failed, ${skipped} skipped  (${seconds.toFixed(0)} s)\n`;
  return { text, isGood: failed === 0 };
}

const isBad = (row: Row): boolean =>
  row.performance.kind === 'broken' || row.check?.isGood === false;
