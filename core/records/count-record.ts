/** The failures of an hour by cause and place: small, so that a year of them can be read at once. */
import { CAUSES, type CauseId, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import type { Rollup } from '../diagnose/rollup.ts';
import { AppError } from '../errors.ts';
import { isLonger, MAX_BODY_BYTES } from '../table.ts';
import { type CellsDocument, cellsDocument } from './cells-document.ts';

/** What one cause failed. */
export type CauseCount = {
  readonly cause: CauseId;
  /** Client-visible failures; cells may hold fewer where an earlier version wrote the row. */
  readonly failures: number;
  readonly cells: CellsDocument;
};

type Document = {
  readonly v: 1;
  readonly causes: readonly (readonly [cause: string, failures: number, cells: CellsDocument])[];
};

const CAUSE_IDS: readonly CauseId[] = [...CAUSES, ...DISPOSITIONS];
/** Places of a cause that are told apart when everything would not fit into one row, most to least. */
const KEPT_CELLS = [1_024, 256, 64, 16, 4] as const;

/** The body of a row. */
export function encodeCounts(rollup: Rollup): string {
  let body = '';
  for (const kept of KEPT_CELLS) {
    body = JSON.stringify(documentOf(rollup, kept));
    if (!isLonger(body, MAX_BODY_BYTES)) return body;
  }
  throw new AppError('CountsTooLarge', `an hour's counts take ${body.length} characters`);
}

function documentOf(rollup: Rollup, kept: number): Document {
  const failing = [...rollup.values()].filter(({ failures }) => failures > 0);
  const causes = failing.sort((a, b) => (a.cause < b.cause ? -1 : 1));
  return {
    v: 1,
    causes: causes.map(({ cause, failures, cells }) => [
      cause,
      failures,
      cellsDocument(cells, kept),
    ]),
  };
}

/** Reads a row's body. Throws `AppError` for one of a version that this code does not know. */
export function decodeCounts(body: string): CauseCount[] {
  const document: Document = JSON.parse(body);
  if (document.v !== 1) {
    throw new AppError('UnknownRecord', `counts have the version ${String(document.v)}`, {
      hint: 'a newer badgateway wrote them: use that version, or a later one',
    });
  }
  return document.causes.map(([name, failures, cells]) => ({
    cause: CAUSE_IDS.find((id) => id === name) ?? 'unknown',
    failures,
    cells,
  }));
}
