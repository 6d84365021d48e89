import { renderTable, threeDigits } from './table.ts';

/** Something that was to be shown: a measured value and its bound. */
export type Verdict = {
  readonly what: string;
  readonly measured: number;
  readonly most?: number;
  readonly least?: number;
  /** What is behind the number, one sentence each. */
  readonly notes?: readonly string[];
};

/** Whether the value keeps its bound. */
export function isKept({ measured, most, least }: Verdict): boolean {
  return measured <= (most ?? Infinity) && measured >= (least ?? -Infinity);
}

/** All verdicts as a table, with the notes of those that fail below it. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [
    verdict.what,
    threeDigits(verdict.measured),
    boundOf(verdict),
    isKept(verdict) ? 'yes' : 'NO',
  ]);
  const notes = verdicts
    .filter((verdict) => !isKept(verdict))
    .flatMap(({ what, notes: lines }) => (lines ?? []).map((line) => `- ${what}: ${line}\n`));
  return renderTable(['what', 'measured', 'wanted', 'kept'], rows) + notes.join('');
}

function boundOf({ most, least }: Verdict): string {
  return most === undefined ? `≥ ${least}` : `≤ ${most}`;
}
