/**
 * Counts the marked minutes of a service again, from all that is stored of them, and writes what they come to. One
 * evaluation of a service runs at a time; a second one, or a repetition after a crash, does no harm.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { type BackendState, UNKNOWN_BACKEND } from '../diagnose/lifecycle.ts';
import { mergeRollup, newRollup, type Rollup } from '../diagnose/rollup.ts';
import { AppError } from '../errors.ts';
import { type BatchPart, decodeBatch } from '../records/batch-record.ts';
import { encodeCounts } from '../records/count-record.ts';
import { hashOf } from '../records/hash.ts';
import {
  BATCH_LIFE_MS,
  batchRanges,
  countKey,
  HOUR_LIFE_MS,
  hourRowKey,
  MINUTE_LIFE_MS,
  MINUTE_MS,
  markerKey,
  markerRanges,
  minuteOfMarker,
  minuteOfRow,
  minuteRanges,
  minuteRowKey,
  serviceKey,
  stateKey,
  stateRange,
  streamRange,
} from '../records/keys.ts';
import { decodeRollup, encodeRollup, type RollupRecord } from '../records/rollup-record.ts';
import { decodeState, encodeState } from '../records/state-record.ts';
import { decodeStream, type SeenStream } from '../records/stream-record.ts';
import type { KeyRange, Row, RowKey, Table } from '../table.ts';
import {
  evaluateWindow,
  type HostStates,
  hostsOf,
  MINUTES_AFTER,
  MINUTES_BEFORE,
  MINUTES_JOINED,
  MINUTES_OF_CONTEXT,
} from './evaluate-window.ts';

export type EvaluateOptions = {
  readonly service: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt: no two writers use the same version of a row. */
  readonly stamp: string;
  /** Minutes counted at once, at the most. */
  readonly maxMinutes?: number;
  /** Called after a minute is written, with what was counted of it before. */
  readonly onMinute?: (change: MinuteChange) => void;
};

/** What the counts of a minute were, and are. */
export type MinuteChange = {
  /** Epoch minutes. */
  readonly minute: number;
  readonly before: RollupRecord;
  readonly after: RollupRecord;
};

export type EvaluateResult = {
  /** Minutes counted. */
  readonly minutes: number;
  /** Minutes whose counts changed, in order. */
  readonly changed: readonly number[];
  /** More is marked than was counted. */
  readonly isMore: boolean;
};

/** Failures that one minute's counts gained (or lost: a verdict changed) by cause. */
export function differenceByCause({ before, after }: MinuteChange): Map<CauseId, number> {
  const differences = new Map<CauseId, number>();
  for (const [cause, { failures }] of after.rollup) differences.set(cause, failures);
  for (const [cause, { failures }] of before.rollup) {
    differences.set(cause, (differences.get(cause) ?? 0) - failures);
  }
  for (const [cause, difference] of differences) if (difference === 0) differences.delete(cause);
  return differences;
}

/**
 * Counts what is marked, oldest first. Throws the first error after everything that can be counted is; what could not
 * stays marked.
 */
export async function evaluateService(
  table: Table,
  options: EvaluateOptions,
): Promise<EvaluateResult> {
  const markers = await queryAll(table, markerRanges(options.service));
  const plan = planOf(markers, options.maxMinutes ?? MAX_MINUTES);
  const changed: number[] = [];
  let hasMarked = false;
  const failed = new Map<number, unknown>();
  for (const block of plan.blocks) {
    const evaluation = new Evaluation(table, options, block);
    try {
      changed.push(...(await evaluation.run()));
    } catch (error) {
      // A row that this version cannot read, for one, must not keep all later minutes from being counted.
      failed.set(block, error);
    }
    hasMarked ||= evaluation.hasMarked;
  }
  const isDone = (marker: Row) =>
    !blocksAround(minuteOfMarker(marker)).some((one) => failed.has(one));
  // Last: until then a crash leaves the marks, and everything is counted again.
  await Promise.all(
    plan.markers.filter(isDone).map((marker) => table.deleteIf(marker, marker.version)),
  );
  for (const error of failed.values()) throw error;
  const isMore = plan.isMore || hasMarked;
  return { minutes: plan.blocks.length * BLOCK_MINUTES, changed, isMore };
}

/** Whether anything of the service is to be counted. */
export async function isMarked(table: Table, service: string): Promise<boolean> {
  const ranges = markerRanges(service).map((range) => ({ ...range, limit: 1 }));
  return (await queryAll(table, ranges)).length > 0;
}

const MAX_MINUTES = 240;
/** States after a changed one that are looked at again in one go. */
const STATES_AHEAD = 32;
/**
 * Minutes are counted by the quarter of an hour, with the same lines around them each time: what the lines before and
 * after make of an entry must not depend on which minutes happen to be counted together.
 */
const BLOCK_MINUTES = 15;
const NOTHING: RollupRecord = { rollup: newRollup(), duplicates: 0, isBlurred: false };

type Plan = {
  /** Numbers of quarters of an hour, in order. */
  readonly blocks: readonly number[];
  /** Marks that are done with when these are counted. */
  readonly markers: readonly Row[];
  readonly isMore: boolean;
};

/** The blocks whose counts the marked minutes may change, of the oldest marks first. */
function planOf(markers: readonly Row[], maxMinutes: number): Plan {
  const blocks = new Set<number>();
  const taken: Row[] = [];
  const sorted = [...markers].sort((a, b) => minuteOfMarker(a) - minuteOfMarker(b));
  for (const marker of sorted) {
    const more = blocksAround(minuteOfMarker(marker)).filter((block) => !blocks.has(block));
    const isFull = (blocks.size + more.length) * BLOCK_MINUTES > maxMinutes;
    if (more.length > 0 && isFull && taken.length > 0) break;
    for (const block of more) blocks.add(block);
    taken.push(marker);
  }
  const isMore = taken.length < sorted.length;
  return { blocks: [...blocks].sort((a, b) => a - b), markers: taken, isMore };
}

function blocksAround(minute: number): number[] {
  const first = Math.floor((minute - MINUTES_AFTER) / BLOCK_MINUTES);
  const last = Math.floor((minute + MINUTES_BEFORE + MINUTES_OF_CONTEXT) / BLOCK_MINUTES);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

class Evaluation {
  /** Later minutes are to be counted again. */
  hasMarked = false;
  readonly #table: Table;
  readonly #options: EvaluateOptions;
  readonly #first: number;
  readonly #last: number;

  constructor(table: Table, options: EvaluateOptions, block: number) {
    this.#table = table;
    this.#options = options;
    this.#first = block * BLOCK_MINUTES;
    this.#last = this.#first + BLOCK_MINUTES - 1;
  }

  /** The minutes whose counts changed. */
  async run(): Promise<number[]> {
    const minutes = Array.from({ length: BLOCK_MINUTES }, (_, index) => this.#first + index);
    const linesFrom = this.#first - MINUTES_BEFORE - MINUTES_OF_CONTEXT;
    const [parts, streams, stored] = await Promise.all([
      this.#readParts(linesFrom),
      this.#readStreams(),
      this.#readMinutes(),
    ]);
    const before = await this.#readStates(hostsOf({ parts, streams }), linesFrom);
    const result = evaluateWindow({ minutes, parts, streams, before });
    const changed: number[] = [];
    for (const minute of minutes) {
      const record = result.minutes.get(minute) ?? NOTHING;
      if (await this.#writeMinute(minute, record, stored.get(minute) ?? null)) changed.push(minute);
    }
    // Of all minutes, not only of those that changed now: an evaluation that died after a minute left its hour behind.
    const counted = minutes.filter((minute) => stored.has(minute) || changed.includes(minute));
    for (const hour of new Set(counted.map((minute) => Math.floor(minute / 60)))) {
      await this.#writeHour(hour);
    }
    for (const states of result.states) await this.#writeStates(states);
    return changed;
  }

  async #readParts(linesFrom: number): Promise<BatchPart[]> {
    const { service } = this.#options;
    const rows = await queryAll(this.#table, [
      ...batchRanges(service, 'nginx', this.#first - MINUTES_JOINED, this.#last + MINUTES_JOINED),
      ...batchRanges(service, 'backend', linesFrom, this.#last + MINUTES_AFTER),
    ]);
    return rows.map(({ body }) => decodeBatch(body));
  }

  async #readStreams(): Promise<SeenStream[]> {
    const rows = await this.#table.query(streamRange(this.#options.service));
    return rows.map(({ body }) => decodeStream(body));
  }

  async #readMinutes(): Promise<Map<number, Row>> {
    const ranges = minuteRanges(this.#options.service, this.#first, this.#last);
    const rows = await queryAll(this.#table, ranges);
    return new Map(rows.map((row) => [minuteOfRow(row), row]));
  }

  /** The state that each host's backend was in before the first of the lines that were read. */
  async #readStates(
    hosts: readonly string[],
    linesFrom: number,
  ): Promise<Map<string, BackendState>> {
    const states = await Promise.all(hosts.map((host) => this.#stateUntil(host, linesFrom - 1)));
    return new Map(hosts.map((host, index) => [host, states[index] ?? UNKNOWN_BACKEND]));
  }

  async #stateUntil(host: string, minute: number): Promise<BackendState | null> {
    const range = stateRange(this.#options.service, host, 0, minute);
    const [row] = await this.#table.query({ ...range, limit: 1, isDescending: true });
    return row ? decodeState(row.body) : null;
  }

  /** Writes a minute if its counts changed. Throws when somebody else wrote it in the meantime. */
  async #writeMinute(minute: number, record: RollupRecord, stored: Row | null): Promise<boolean> {
    if (stored === null && record.rollup.size === 0 && record.duplicates === 0) return false;
    const body = encodeRollup(record);
    if (stored?.body === body) return false;
    const row = {
      ...minuteRowKey(this.#options.service, minute),
      body,
      version: `${hashOf(body)} ${this.#options.stamp}`,
      expiresAt: lifeEnd(minute * MINUTE_MS, MINUTE_LIFE_MS, this.#options.nowMs),
    };
    if (!(await this.#table.putIf(row, stored?.version ?? null))) throw contended(minute);
    const before = stored ? decodeRollup(stored.body) : NOTHING;
    this.#options.onMinute?.({ minute, before, after: record });
    return true;
  }

  /** An hour is all of its minutes, whatever it was before. */
  async #writeHour(hour: number): Promise<void> {
    const { service, nowMs } = this.#options;
    const rows = await queryAll(this.#table, minuteRanges(service, hour * 60, hour * 60 + 59));
    const minutes = rows.map(({ body }) => decodeRollup(body));
    const rollup: Rollup = newRollup();
    for (const record of minutes) mergeRollup(rollup, record.rollup);
    const body = encodeRollup({
      rollup,
      duplicates: minutes.reduce((sum, { duplicates }) => sum + duplicates, 0),
      isBlurred: minutes.some(({ isBlurred }) => isBlurred),
    });
    const expiresAt = lifeEnd(hour * 60 * MINUTE_MS, HOUR_LIFE_MS, nowMs);
    const [, wasCounted] = await Promise.all([
      this.#putChanged(hourRowKey(service, hour), body, expiresAt),
      this.#putChanged(countKey(service, hour), encodeCounts(rollup), expiresAt),
    ]);
    if (!wasCounted) await this.#putChanged(serviceKey(service), '{}', expiresAt);
  }

  /** Whether there was a row before. */
  async #putChanged(key: RowKey, body: string, expiresAt: number): Promise<boolean> {
    const stored = await this.#table.get(key);
    if (stored?.body !== body || stored.expiresAt < expiresAt) {
      await this.#table.put({ ...key, body, version: hashOf(body), expiresAt });
    }
    return stored !== null;
  }

  /**
   * Writes the states that changed, and takes away those that later evidence denies. What came after one was judged by
   * another one: it is marked, up to the states that were written next, which are then looked at in their turn. The
   * marks come first, so that a crash between leaves too many of them, and none too few.
   */
  async #writeStates({ host, states }: HostStates): Promise<void> {
    const { service, nowMs } = this.#options;
    const range = stateRange(service, host, this.#first, this.#last);
    const stored = new Map((await this.#table.query(range)).map((row) => [Number(row.sort), row]));
    const own = new Map(
      states
        .filter(({ minute }) => minute >= this.#first && minute <= this.#last)
        .map(({ minute, state }) => [minute, encodeState(state)]),
    );
    const changed = [...own].filter(([minute, body]) => stored.get(minute)?.body !== body);
    const denied = [...stored].filter(([minute]) => !own.has(minute));
    if (changed.length + denied.length === 0) return;
    await this.#markAfter(host);
    for (const [minute, body] of changed) {
      const key = stateKey(service, host, minute);
      const expiresAt = lifeEnd(nowMs, HOUR_LIFE_MS, nowMs);
      await this.#table.put({ ...key, body, version: hashOf(body), expiresAt });
    }
    for (const [, row] of denied) await this.#table.deleteIf(row, row.version);
  }

  /** Marks what is counted after the window until a few states later. */
  async #markAfter(host: string): Promise<void> {
    const { service, nowMs } = this.#options;
    const now = Math.floor(nowMs / MINUTE_MS);
    const from = this.#last + 1;
    const next = await this.#table.query({
      ...stateRange(service, host, from, now),
      limit: STATES_AHEAD,
    });
    const states = next.map(({ sort }) => Number(sort));
    const end = states.length < STATES_AHEAD ? now : (states.at(-1) ?? now) + MINUTES_AFTER;
    const later = await queryAll(this.#table, minuteRanges(service, from, end));
    const minutes = new Set([...states, ...later.map(minuteOfRow)]);
    await Promise.all([...minutes].map((late) => this.#mark(late)));
  }

  async #mark(minute: number): Promise<void> {
    this.hasMarked = true;
    const { service, nowMs, stamp } = this.#options;
    await this.#table.put({
      ...markerKey(service, minute, 0),
      body: '{}',
      version: `state ${stamp}`,
      expiresAt: lifeEnd(nowMs, BATCH_LIFE_MS, nowMs),
    });
  }
}

async function queryAll(table: Table, ranges: readonly KeyRange[]): Promise<Row[]> {
  const found = await Promise.all(ranges.map((range) => table.query(range)));
  return found.flat();
}

/** Rows of old events live a while even so: they were asked for. */
function lifeEnd(at: number, lifeMs: number, nowMs: number): number {
  return Math.ceil(Math.max(at + lifeMs, nowMs + 86_400_000) / 1_000) * 1_000;
}

function contended(minute: number): AppError {
  return new AppError(
    'MinuteContended',
    `minute ${minute} was counted by somebody else meanwhile`,
    {
      hint: 'it is counted again when its message comes back to the queue',
    },
  );
}
