/** Answers questions about counted failures, for every surface that people ask them on. */

import { visitCells } from '../records/cells-document.ts';
import type { CauseCount } from '../records/count-record.ts';
import { MINUTE_LIFE_MS } from '../records/keys.ts';
import type { Table } from '../table.ts';
import { QUERY_SCHEMA, type Query, type QueryResult, type QueryRow } from './query.ts';
import { type Counted, readableRange, readCounts, type TimeRange } from './read-counts.ts';
import { bucketStarts, type Every, everyOf } from './time-buckets.ts';

/** `nowMs`: epoch milliseconds. Throws what the table throws. */
export async function runQuery(table: Table, query: Query, nowMs: number): Promise<QueryResult> {
  const every = query.every ?? everyOf(query.toMs - query.fromMs);
  const hasTime = query.by.includes('time');
  const { fromMs, toMs } = query;
  const isByMinute = hasTime && every === '1m';
  const groups = new Groups(query, every);
  const range = readableRange({ fromMs, toMs, nowMs });
  // One after another: what a service's rows take is given back before the next one's are read.
  for (const service of query.services) {
    const counted = await readCounts(table, { service, ...range, isByMinute });
    for (const one of counted) groups.add(service, one);
  }
  const { rows, otherGroups } = groups.rows();
  return {
    schema: QUERY_SCHEMA,
    services: query.services,
    from: isoTime(range.fromMs),
    to: isoTime(range.toMs),
    by: query.by,
    every: hasTime ? every : null,
    timeZone: query.timeZone,
    rows,
    failures: rows.reduce((sum, { failures }) => sum + failures, 0),
    otherGroups,
    notes: notesOf(query, range, { every, hasTime, nowMs, isBlurred: groups.isBlurred }),
  };
}

/** `undefined`: at many places that are not told apart. */
type Name = string | null | undefined;

/** Dimensions beside time, in the order of the names of a cell. */
const NAMED = ['cause', 'service', 'host', 'route', 'upstream', 'status'] as const;
type Named = (typeof NAMED)[number];
/** From here on they are a place. */
const FIRST_PLACE = 2;

type Group = {
  readonly names: readonly Name[];
  readonly byTime: Map<number, number>;
  failures: number;
};

/** Groups by their first name, then by their second: a year has millions of cells. */
type GroupTree = Map<Name, GroupTree | Group>;

class Groups {
  /** Some failures are not told apart by what was asked for. */
  isBlurred = false;
  readonly #query: Query;
  readonly #dimensions: readonly Named[];
  /** Where the dimensions are among the names of a cell. */
  readonly #picked: readonly number[];
  readonly #filters: readonly (readonly [position: number, wanted: string])[];
  readonly #startOf: (at: number) => number;
  readonly #groups: Group[] = [];
  readonly #tree: GroupTree = new Map();

  constructor(query: Query, every: Every) {
    this.#query = query;
    this.#dimensions = query.by.filter((dimension) => dimension !== 'time');
    this.#picked = this.#dimensions.map((dimension) => NAMED.indexOf(dimension));
    this.#filters = NAMED.flatMap((dimension, position) => {
      const wanted = dimension === 'service' ? undefined : query.filters[dimension];
      return wanted === undefined ? [] : [[position, wanted] as const];
    });
    this.#startOf = query.by.includes('time') ? bucketStarts(every, query.timeZone) : () => 0;
  }

  add(service: string, { at, causes }: Counted): void {
    const time = this.#startOf(at);
    for (const count of causes) this.#addCause(time, service, count);
  }

  #addCause(time: number, service: string, { cause, failures, cells }: CauseCount): void {
    const names: Name[] = [cause, service, undefined, undefined, undefined, undefined];
    let left = failures;
    if (this.#needsPlaces()) {
      visitCells(cells, (host, status, route, upstream, count) => {
        left -= count;
        names[2] = host;
        names[3] = route;
        names[4] = upstream;
        names[5] = status;
        this.#addNames(time, names, count);
      });
      names.fill(undefined, FIRST_PLACE);
    }
    // Of a row of an earlier version, or with more places than it has room for.
    if (left > 0) this.#addNames(time, names, left);
  }

  #needsPlaces(): boolean {
    return [...this.#picked, ...this.#filters.map(([position]) => position)].some(
      (position) => position >= FIRST_PLACE,
    );
  }

  #addNames(time: number, names: readonly Name[], count: number): void {
    for (const [position, wanted] of this.#filters) {
      if (names[position] === wanted) continue;
      // Of what is not told apart nobody knows whether it is meant.
      this.isBlurred ||= names[position] === undefined;
      return;
    }
    const group = this.#groupOf(names);
    group.failures += count;
    group.byTime.set(time, (group.byTime.get(time) ?? 0) + count);
  }

  #groupOf(names: readonly Name[]): Group {
    let tree = this.#tree;
    const last = this.#picked.length - 1;
    for (let level = 0; level < last; level++) {
      const name = names[this.#picked[level] as number];
      let next = tree.get(name);
      if (!next) {
        next = new Map();
        tree.set(name, next);
      }
      tree = next as GroupTree;
    }
    const name = last < 0 ? undefined : names[this.#picked[last] as number];
    let group = tree.get(name) as Group | undefined;
    if (!group) {
      const own = this.#picked.map((position) => names[position]);
      this.isBlurred ||= own.includes(undefined);
      group = { names: own, byTime: new Map(), failures: 0 };
      tree.set(name, group);
      this.#groups.push(group);
    }
    return group;
  }

  /** In order. What goes beyond the limit, and what is not told apart, is one group. */
  rows(): { readonly rows: QueryRow[]; readonly otherGroups: number } {
    const all = [...this.#groups].sort(compareGroups);
    const told = all.filter(({ names }) => !names.includes(undefined));
    const shown = told.slice(0, this.#query.limit ?? told.length);
    const rest = all.filter((group) => !shown.includes(group));
    const rows = shown.flatMap((group) => this.#rowsOf(group, group.byTime));
    if (rest.length > 0) rows.push(...this.#otherRows(rest));
    return { rows: rows.sort(compareRows), otherGroups: rest.length };
  }

  #rowsOf({ names }: Pick<Group, 'names'>, byTime: ReadonlyMap<number, number>): QueryRow[] {
    const named = Object.fromEntries(
      this.#dimensions.map((dimension, index) => [dimension, names[index] ?? null]),
    );
    return [...byTime].map(([time, failures]) => ({
      ...(this.#query.by.includes('time') ? { time: isoTime(time) } : {}),
      ...named,
      failures,
    }));
  }

  #otherRows(groups: readonly Group[]): QueryRow[] {
    const byTime = new Map<number, number>();
    for (const group of groups) {
      for (const [time, count] of group.byTime) byTime.set(time, (byTime.get(time) ?? 0) + count);
    }
    return this.#rowsOf({ names: [] }, byTime).map((row) => ({ ...row, isOther: true }));
  }
}

function compareGroups(a: Group, b: Group): number {
  return b.failures - a.failures || compareText(a.names.join('\n'), b.names.join('\n'));
}

function compareRows(a: QueryRow, b: QueryRow): number {
  const byTime = compareText(a.time ?? '', b.time ?? '');
  const byOther = Number(a.isOther ?? false) - Number(b.isOther ?? false);
  return byTime || byOther || b.failures - a.failures || compareText(textOf(a), textOf(b));
}

function textOf({ service, cause, host, route, upstream, status }: QueryRow): string {
  return [service, cause, host, route, upstream, status].join('\n');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const DAY_MS = 86_400_000;

type Circumstances = {
  readonly every: Every;
  readonly hasTime: boolean;
  readonly nowMs: number;
  readonly isBlurred: boolean;
};

function notesOf(query: Query, read: TimeRange, about: Circumstances): string[] {
  const notes: string[] = [];
  const isWider = read.fromMs < query.fromMs - 60_000 || read.toMs > query.toMs + 60_000;
  // Of a long range nobody misses the minutes.
  if (isWider && query.toMs - query.fromMs < 2 * DAY_MS) {
    notes.push('minutes are kept for 17 days: older times are counted by whole hours');
  }
  if (about.hasTime && about.every === '1m' && query.fromMs < about.nowMs - MINUTE_LIFE_MS) {
    notes.push('minutes are kept for 17 days: ask for --every 1h to see what came before');
  }
  if (about.isBlurred) {
    notes.push('so many places failed at once that some are counted together, as other');
  }
  return notes;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
