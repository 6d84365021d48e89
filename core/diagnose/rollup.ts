/**
 * What the failures of any number of hosts and minutes come to, by cause. Merging is commutative and
 * associative, and the size is bounded whatever the input.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { type Cells, mergeCells, newCells } from '../cells.ts';
import type { Confidence, LogRole, SignalId } from '../model.ts';
import { addToTally, mergeTally, newTally, type Tally } from '../tally.ts';
import { addToTimeline, mergeTimeline, newTimeline, type Timeline } from '../timeline.ts';

/** One log line kept as evidence. */
export type Exhibit = {
  readonly role: LogRole;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly host: string;
  readonly path: string;
  readonly lineNumber: number;
  /** Byte string, cut to `EXHIBIT_LENGTH`. */
  readonly line: string;
};

export const EXHIBIT_LENGTH = 1_200;
/** The earliest lines of each role that are kept. */
const EXHIBITS_PER_ROLE = 4;

export type CauseRollup = {
  readonly cause: CauseId;
  failures: number;
  retried: number;
  truncated: number;
  /** Findings that failed no known request. */
  findings: number;
  firstSeen: number;
  lastSeen: number;
  readonly confidences: Map<Confidence, number>;
  readonly mechanisms: Tally;
  readonly statuses: Tally;
  readonly hosts: Tally;
  readonly routes: Tally;
  readonly upstreams: Tally;
  /** Client-visible failures by all of these at once. */
  readonly cells: Cells;
  readonly timeline: Timeline;
  readonly symptoms: Tally;
  readonly exhibits: Map<LogRole, Exhibit[]>;
  readonly facts: RollupFacts;
};

/** What fixes are filled from. */
type RollupFacts = {
  readonly signals: Tally;
  readonly listening: Tally;
  readonly units: Tally;
  readonly versions: Tally;
  readonly workerClasses: Tally;
  readonly exceptions: Tally;
  readonly frames: Tally;
  readonly reasons: Tally;
  readonly pids: Tally;
  readonly dnsNames: Tally;
  /** Duration of the failed requests in whole seconds, rounded down. */
  readonly seconds: Tally;
  memoryKb: number;
  /** Path of the earliest request, and when it was. */
  examplePath: string | null;
  exampleAt: number;
};

export type Rollup = Map<CauseId, CauseRollup>;

export function newRollup(): Rollup {
  return new Map();
}

/** The entry of a cause, made when it is not there yet. */
export function entryOf(rollup: Rollup, cause: CauseId): CauseRollup {
  let entry = rollup.get(cause);
  if (!entry) {
    entry = newEntry(cause);
    rollup.set(cause, entry);
  }
  return entry;
}

/** Adds all of `from` into `into`, in place. */
export function mergeRollup(into: Rollup, from: Rollup): void {
  for (const [cause, entry] of from) mergeEntry(entryOf(into, cause), entry);
}

/** Whether an exhibit of this role and time could be among the earliest: a cheap question before one is made. */
export function wantsExhibit(entry: CauseRollup, role: LogRole, at: number): boolean {
  const last = entry.exhibits.get(role)?.[EXHIBITS_PER_ROLE - 1];
  return last === undefined || at <= last.at;
}

/** Keeps the earliest exhibits of a role, in place. The order is total, so arrival does not matter. */
export function addExhibit(entry: CauseRollup, exhibit: Exhibit): void {
  const kept = entry.exhibits.get(exhibit.role) ?? [];
  const last = kept.at(-1);
  if (kept.length >= EXHIBITS_PER_ROLE && last && compareExhibits(exhibit, last) >= 0) return;
  if (kept.some((other) => compareExhibits(other, exhibit) === 0)) return;
  entry.exhibits.set(
    exhibit.role,
    [...kept, exhibit].sort(compareExhibits).slice(0, EXHIBITS_PER_ROLE),
  );
}

/** Adds to a signal's count. */
export function countSignal(entry: CauseRollup, id: SignalId): void {
  addToTally(entry.facts.signals, id);
}

export function addAt(entry: CauseRollup, at: number, failures: number): void {
  entry.firstSeen = Math.min(entry.firstSeen, at);
  entry.lastSeen = Math.max(entry.lastSeen, at);
  if (failures > 0) addToTimeline(entry.timeline, at, failures);
}

function newEntry(cause: CauseId): CauseRollup {
  return {
    cause,
    failures: 0,
    retried: 0,
    truncated: 0,
    findings: 0,
    firstSeen: Number.POSITIVE_INFINITY,
    lastSeen: Number.NEGATIVE_INFINITY,
    confidences: new Map(),
    mechanisms: newTally(),
    statuses: newTally(),
    hosts: newTally(),
    routes: newTally(),
    upstreams: newTally(),
    cells: newCells(),
    timeline: newTimeline(),
    symptoms: newTally(),
    exhibits: new Map(),
    facts: newFacts(),
  };
}

function newFacts(): RollupFacts {
  return {
    signals: newTally(),
    listening: newTally(),
    units: newTally(),
    versions: newTally(),
    workerClasses: newTally(),
    exceptions: newTally(),
    frames: newTally(),
    reasons: newTally(),
    pids: newTally(),
    dnsNames: newTally(),
    seconds: newTally(),
    memoryKb: 0,
    examplePath: null,
    exampleAt: Number.POSITIVE_INFINITY,
  };
}

function mergeEntry(into: CauseRollup, from: CauseRollup): void {
  into.failures += from.failures;
  into.retried += from.retried;
  into.truncated += from.truncated;
  into.findings += from.findings;
  into.firstSeen = Math.min(into.firstSeen, from.firstSeen);
  into.lastSeen = Math.max(into.lastSeen, from.lastSeen);
  for (const [confidence, count] of from.confidences) {
    into.confidences.set(confidence, (into.confidences.get(confidence) ?? 0) + count);
  }
  for (const name of ENTRY_TALLIES) mergeTally(into[name], from[name]);
  mergeCells(into.cells, from.cells);
  mergeTimeline(into.timeline, from.timeline);
  for (const exhibits of from.exhibits.values()) {
    for (const exhibit of exhibits) addExhibit(into, exhibit);
  }
  for (const name of FACT_TALLIES) mergeTally(into.facts[name], from.facts[name]);
  into.facts.memoryKb = Math.max(into.facts.memoryKb, from.facts.memoryKb);
  if (isEarlierExample(from.facts, into.facts)) {
    into.facts.examplePath = from.facts.examplePath;
    into.facts.exampleAt = from.facts.exampleAt;
  }
}

function isEarlierExample(a: RollupFacts, b: RollupFacts): boolean {
  if (a.exampleAt !== b.exampleAt) return a.exampleAt < b.exampleAt;
  return (a.examplePath ?? '') < (b.examplePath ?? '');
}

export const ENTRY_TALLIES = [
  'mechanisms',
  'statuses',
  'hosts',
  'routes',
  'upstreams',
  'symptoms',
] as const;

export const FACT_TALLIES = [
  'signals',
  'listening',
  'units',
  'versions',
  'workerClasses',
  'exceptions',
  'frames',
  'reasons',
  'pids',
  'dnsNames',
  'seconds',
] as const;

function compareExhibits(a: Exhibit, b: Exhibit): number {
  return (
    a.at - b.at ||
    compareText(a.path, b.path) ||
    a.lineNumber - b.lineNumber ||
    compareText(a.host, b.host) ||
    compareText(a.line, b.line)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
