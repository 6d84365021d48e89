/** How a rollup is written into a row of the table, and read again. */
import { CAUSES, type CauseId, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import { mergeCells } from '../cells.ts';
import {
  type CauseRollup,
  ENTRY_TALLIES,
  type Exhibit,
  entryOf,
  FACT_TALLIES,
  newRollup,
  type Rollup,
} from '../diagnose/rollup.ts';
import { AppError } from '../errors.ts';
import { CONFIDENCES } from '../model.ts';
import { isLonger, MAX_BODY_BYTES } from '../table.ts';
import { newTally, type Tally, topOfTally } from '../tally.ts';
import { type CellsDocument, cellsDocument, readCells } from './cells-document.ts';
import type { CauseCount } from './count-record.ts';

/** What is known of one service's minute or hour. */
export type RollupRecord = {
  readonly rollup: Rollup;
  /** Events that were delivered more than once, and counted once. */
  readonly duplicates: number;
  /** Failures were so many at once that repeated deliveries of some could not be told apart one by one. */
  readonly isBlurred: boolean;
};

type TallyCells = readonly [counts: readonly (readonly [string, number])[], other: number];

type EntryDocument = {
  readonly cause: string;
  readonly failures: number;
  readonly retried: number;
  readonly truncated: number;
  readonly findings: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly confidences: readonly (readonly [string, number])[];
  readonly tallies: Readonly<Record<string, TallyCells>>;
  /** Not in rows of the first versions. */
  readonly cells?: CellsDocument;
  readonly timeline: readonly [level: number, counts: readonly (readonly [number, number])[]];
  readonly exhibits: readonly Exhibit[];
  readonly facts: Readonly<Record<string, TallyCells>>;
  readonly memoryKb: number;
  readonly example: readonly [path: string, at: number] | null;
};

type Document = {
  readonly v: 1;
  readonly causes: readonly EntryDocument[];
  readonly duplicates: number;
  readonly isBlurred: boolean;
};

const CAUSE_IDS: readonly CauseId[] = [...CAUSES, ...DISPOSITIONS];

/** Names kept of each tally when everything would not fit into one row, most to least. */
const KEPT_NAMES = [256, 64, 16, 4, 1] as const;

/** Places that are told apart for each name that a tally keeps. */
const CELLS_A_NAME = 4;

/** The body of a row; of a rollup that is too large for one, with fewer names in its tallies (the sums stay). */
export function encodeRollup(record: RollupRecord): string {
  let body = '';
  for (const kept of KEPT_NAMES) {
    body = JSON.stringify(documentOf(record, kept));
    if (!isLonger(body, MAX_BODY_BYTES)) return body;
  }
  throw new AppError('RollupTooLarge', `a minute's counts take ${body.length} characters`);
}

function documentOf({ rollup, duplicates, isBlurred }: RollupRecord, kept: number): Document {
  const causes = [...rollup.values()].sort((a, b) => (a.cause < b.cause ? -1 : 1));
  return { v: 1, causes: causes.map((entry) => entryDocument(entry, kept)), duplicates, isBlurred };
}

function entryDocument(entry: CauseRollup, kept: number): EntryDocument {
  const { facts, timeline } = entry;
  const cells = (tally: Tally) => tallyCells(tally, kept);
  return {
    cause: entry.cause,
    failures: entry.failures,
    retried: entry.retried,
    truncated: entry.truncated,
    findings: entry.findings,
    firstSeen: entry.firstSeen,
    lastSeen: entry.lastSeen,
    confidences: sorted(entry.confidences),
    tallies: Object.fromEntries(ENTRY_TALLIES.map((name) => [name, cells(entry[name])])),
    cells: cellsDocument(entry.cells, CELLS_A_NAME * kept),
    timeline: [timeline.level, [...timeline.counts].sort((a, b) => a[0] - b[0])],
    exhibits: [...entry.exhibits]
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
      .flatMap(([, list]) => list),
    facts: Object.fromEntries(FACT_TALLIES.map((name) => [name, cells(facts[name])])),
    memoryKb: facts.memoryKb,
    example: facts.examplePath === null ? null : [facts.examplePath, facts.exampleAt],
  };
}

function sorted<K extends string>(counts: ReadonlyMap<K, number>): [K, number][] {
  return [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** The same counts give the same text, so that a row is only written when it has changed. */
function tallyCells(tally: Tally, kept: number): TallyCells {
  if (tally.counts.size <= kept) return [sorted(tally.counts), tally.other];
  const top = topOfTally(tally, kept).map(({ name, count }) => [name, count] as const);
  const all = [...tally.counts.values()].reduce((sum, count) => sum + count, 0);
  const rest = all - top.reduce((sum, [, count]) => sum + count, 0);
  return [[...top].sort((a, b) => (a[0] < b[0] ? -1 : 1)), tally.other + rest];
}

/** Reads a row's body. Throws `AppError` for one of a version that this code does not know. */
export function decodeRollup(body: string): RollupRecord {
  const document = documentOfBody(body);
  const rollup = newRollup();
  for (const entry of document.causes) readEntry(rollup, entry);
  return { rollup, duplicates: document.duplicates, isBlurred: document.isBlurred };
}

function documentOfBody(body: string): Document {
  const document: Document = JSON.parse(body);
  if (document.v === 1) return document;
  throw new AppError('UnknownRecord', `a rollup has the version ${String(document.v)}`, {
    hint: 'a newer badgateway wrote it: deploy that version, or a later one',
  });
}

/** The counts of a row alone, by cause: all that a query needs of it. */
export function countsOfRollup(body: string): CauseCount[] {
  const document = documentOfBody(body);
  return document.causes.map(({ cause, failures, cells }) => ({
    cause: CAUSE_IDS.find((id) => id === cause) ?? 'unknown',
    failures,
    cells: cells ?? [[], []],
  }));
}

/** A cause of a later version that this code does not know is counted as unknown. */
function readEntry(rollup: Rollup, document: EntryDocument): void {
  const cause = CAUSE_IDS.find((id) => id === document.cause) ?? 'unknown';
  const entry = entryOf(rollup, cause);
  entry.failures += document.failures;
  entry.retried += document.retried;
  entry.truncated += document.truncated;
  entry.findings += document.findings;
  entry.firstSeen = Math.min(entry.firstSeen, document.firstSeen);
  entry.lastSeen = Math.max(entry.lastSeen, document.lastSeen);
  for (const confidence of CONFIDENCES) {
    const count = document.confidences.find(([name]) => name === confidence)?.[1];
    if (count !== undefined) entry.confidences.set(confidence, count);
  }
  for (const name of ENTRY_TALLIES) readTally(entry[name], document.tallies[name]);
  for (const name of FACT_TALLIES) readTally(entry.facts[name], document.facts[name]);
  mergeCells(entry.cells, readCells(document.cells));
  entry.timeline.level = document.timeline[0];
  entry.timeline.counts = new Map(document.timeline[1]);
  for (const exhibit of document.exhibits) {
    entry.exhibits.set(exhibit.role, [...(entry.exhibits.get(exhibit.role) ?? []), exhibit]);
  }
  entry.facts.memoryKb = document.memoryKb;
  if (document.example) [entry.facts.examplePath, entry.facts.exampleAt] = document.example;
}

function readTally(into: Tally, cells: TallyCells | undefined): void {
  const [counts, other] = cells ?? [[], 0];
  Object.assign(into, newTally(), { counts: new Map(counts), other });
}
