/**
 * Counts the marked minutes of a service again, from all that is stored of them, and writes what they come to. One
 * evaluation of a service runs at a time; a second one, or a repetition after a crash, does no harm.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { type BackendState, UNKNOWN_BACKEND } from '../diagnose/lifecycle.ts';
import { mergeRollup, newRollup, type Rollup } from '../diagnose/rollup.ts';
import { AppError } from '../errors.ts';
import { type BatchPart, decodeBatch } from '../records/batch-record.ts';
import { hashOf } from '../records/hash.ts';
import {
  batchRanges,
  HOUR_LIFE_MS,
  hourRowKey,
  MARKER_LIFE_MS,
  MINUTE_LIFE_MS,
  MINUTE_MS,
  markerKey,
  markerRanges,
  minuteOfMarker,
  minuteOfRow,
  minuteRanges,
  minuteRowKey,
  STATE_LIFE_MS,
  stateKey,
  stateRange,
  streamRange,
} from '../records/keys.ts';
import { decodeRollup, encodeRollup, type RollupRecord } from '../records/rollup-record.ts';
import { decodeState, encodeState } from '../records/state-record.ts';
import { decodeStream, type SeenStream } from '../records/stream-record.ts';
import type { KeyRange, Row, Table } from '../table.ts';
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

/** Counts what is marked, oldest first. */
export async function evaluateService(
  table: Table,
  options: EvaluateOptions,
): Promise<EvaluateResult> {
  const markers = await queryAll(table, markerRanges(options.service));
  const windows = windowsOf(markers, options.maxMinutes ?? MAX_MINUTES);
  const changed: number[] = [];
  let minutes = 0;
  for (const window of windows.now) {
    const evaluation = new Evaluation(table, options, window);
    changed.push(...(await evaluation.run()));
    minutes += window.minutes.length;
  }
  return { minutes, changed, isMore: windows.isMore };
}

/** Whether anything of the service is to be counted. */
export async function isMarked(table: Table, service: string): Promise<boolean> {
  const ranges = markerRanges(service).map((range) => ({ ...range, limit: 1 }));
  return (await queryAll(table, ranges)).length > 0;
}

const MAX_MINUTES = 240;
/** Minutes of one window, from the first to the last. */
const MAX_WINDOW = 60;
const NOTHING: RollupRecord = { rollup: newRollup(), duplicates: 0, isBlurred: false };

type Window = { readonly markers: Row[]; readonly minutes: number[] };

/** Marked minutes with those whose verdicts they may change, in stretches that are read together. */
function windowsOf(
  markers: readonly Row[],
  maxMinutes: number,
): { now: readonly Window[]; isMore: boolean } {
  const windows: Window[] = [];
  const sorted = [...markers].sort((a, b) => minuteOfMarker(a) - minuteOfMarker(b));
  let total = 0;
  for (const marker of sorted) {
    const minute = minuteOfMarker(marker);
    const last = windows.at(-1);
    const isNear = last !== undefined && minute - MINUTES_AFTER <= (last.minutes.at(-1) ?? 0) + 1;
    const isOpen = isNear && minute - (last.minutes[0] ?? 0) < MAX_WINDOW;
    if (!isOpen && total >= maxMinutes) return { now: windows, isMore: true };
    const window = isOpen ? last : { markers: [], minutes: [] };
    if (!isOpen) windows.push(window);
    window.markers.push(marker);
    const from = Math.max(minute - MINUTES_AFTER, (window.minutes.at(-1) ?? 0) + 1);
    for (let next = from; next <= minute + MINUTES_BEFORE; next++) {
      window.minutes.push(next);
      total++;
    }
  }
  return { now: windows, isMore: false };
}

class Evaluation {
  readonly #table: Table;
  readonly #options: EvaluateOptions;
  readonly #window: Window;
  readonly #first: number;
  readonly #last: number;

  constructor(table: Table, options: EvaluateOptions, window: Window) {
    this.#table = table;
    this.#options = options;
    this.#window = window;
    this.#first = window.minutes[0] ?? 0;
    this.#last = window.minutes.at(-1) ?? 0;
  }

  /** The minutes whose counts changed. */
  async run(): Promise<number[]> {
    const { minutes } = this.#window;
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
    for (const hour of new Set(changed.map((minute) => Math.floor(minute / 60)))) {
      await this.#writeHour(hour);
    }
    for (const states of result.states) await this.#writeStates(states);
    // Last: until then a crash leaves the marks, and everything is counted again.
    await Promise.all(
      this.#window.markers.map((marker) => this.#table.deleteIf(marker, marker.version)),
    );
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
    await this.#table.put({
      ...hourRowKey(service, hour),
      body,
      version: hashOf(body),
      expiresAt: lifeEnd(hour * 60 * MINUTE_MS, HOUR_LIFE_MS, nowMs),
    });
  }

  /**
   * Writes the states that changed. Where the last one did, what came after it was judged by another one: those
   * minutes are marked, up to the next state that was written, which is then looked at in its turn.
   */
  async #writeStates({ host, states }: HostStates): Promise<void> {
    const { service, nowMs } = this.#options;
    const own = states.filter(({ minute }) => minute >= this.#first - MINUTES_BEFORE);
    const last = own.at(-1);
    const first = own[0];
    if (!last || !first) return;
    const range = stateRange(service, host, first.minute, last.minute);
    const stored = new Map((await this.#table.query(range)).map((row) => [row.sort, row.body]));
    let hasLastChanged = false;
    for (const { minute, state } of own) {
      const key = stateKey(service, host, minute);
      const body = encodeState(state);
      hasLastChanged = stored.get(key.sort) !== body;
      if (!hasLastChanged) continue;
      const expiresAt = lifeEnd(nowMs, STATE_LIFE_MS, nowMs);
      await this.#table.put({ ...key, body, version: hashOf(body), expiresAt });
    }
    if (hasLastChanged) await this.#markAfter(host, last.minute);
  }

  async #markAfter(host: string, minute: number): Promise<void> {
    const { service, nowMs } = this.#options;
    const now = Math.floor(nowMs / MINUTE_MS);
    const [next] = await this.#table.query({
      ...stateRange(service, host, minute + 1, now),
      limit: 1,
    });
    const end = next ? Number(next.sort) + MINUTES_AFTER : now;
    const from = Math.max(minute, this.#last) + 1;
    const later = await queryAll(this.#table, minuteRanges(service, from, end));
    const minutes = new Set(later.map(minuteOfRow));
    if (next && Number(next.sort) > this.#last) minutes.add(Number(next.sort));
    await Promise.all([...minutes].map((late) => this.#mark(late)));
  }

  async #mark(minute: number): Promise<void> {
    const { service, nowMs, stamp } = this.#options;
    await this.#table.put({
      ...markerKey(service, minute, 0),
      body: '{}',
      version: `state ${stamp}`,
      expiresAt: lifeEnd(nowMs, MARKER_LIFE_MS, nowMs),
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
