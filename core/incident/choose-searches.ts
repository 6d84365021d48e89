/** Where to look for what else the logs say of an incident. */
import { filterPatternOf } from '../config/filter-patterns.ts';
import type { LogRole } from '../model.ts';
import type { SeenStream } from '../records/stream-record.ts';
import type { Transition } from './incident.ts';
import type { GroupsByRole, LogQuery } from './log-search.ts';

export type ContextSearch = LogQuery & { readonly role: LogRole };

export type SearchChoice = {
  readonly transition: Transition;
  readonly groups: GroupsByRole;
  /** Log streams that were heard lately. */
  readonly streams: readonly SeenStream[];
  readonly nowMs: number;
};

/** FilterLogEvents may be called 5 to 25 times a second by all of an account and Region. */
export const MAX_SEARCHES = 4;
const NEAR_LIMIT = 200;
const WIDE_LIMIT = 100;
/** DescribeLogStreams' order of magnitude; FilterLogEvents takes 100. */
const MAX_STREAMS = 20;

/**
 * Lines that say that something is wrong, in the log of whatever program, as one regular expression of CloudWatch's
 * filter patterns (no groups, nothing but plain characters and classes).
 */
const TROUBLE = `%${[
  '[Ee]rror',
  'ERR',
  '[Ww]arn',
  'WARN',
  'FATAL',
  '[Ff]atal',
  'CRIT',
  '[Cc]ritical',
  '[Ee]xception',
  'Traceback',
  '[Ff]ail',
  'FAIL',
  '[Rr]efused',
  '[Tt]imed out',
  '[Tt]imeout',
  'TIMEOUT',
  '[Kk]illed',
  '[Oo]ut of memory',
  'OOM',
  'segfault',
  '[Dd]enied',
  '[Uu]navailable',
  '[Tt]oo many',
  '[Ss]low',
  '[Dd]eadlock',
].join('|')}%`;

/**
 * At most `MAX_SEARCHES`, the most telling first: Gunicorn's lines around what it said last, trouble in the logs of the
 * application and of the system while the incident goes on, further groups, and once more Gunicorn without a filter,
 * whose grammar no emulator knows.
 */
export function chooseSearches(choice: SearchChoice): readonly ContextSearch[] {
  const { near, wide } = windowsOf(choice);
  const gunicorn = placesOf('gunicorn', choice).map((place) => ({
    ...place,
    ...near,
    pattern: filterPatternOf({ role: 'gunicorn', format: null }).pattern ?? '',
  }));
  const troubled = (role: LogRole) =>
    placesOf(role, choice).map((place) => ({ ...place, ...wide, pattern: TROUBLE }));
  const app = troubled('app');
  const system = troubled('system');
  const unfiltered = gunicorn.slice(0, 1).map((search) => ({ ...search, pattern: '' }));
  return [...inTurns([gunicorn, app, system]), ...unfiltered].slice(0, MAX_SEARCHES);
}

/** The first of each, then the second of each, and so on. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** An incident that goes on for long is told again for what is new in it. */
const WIDEST_MS = 10 * MINUTE_MS;

/** The moment that the incident is best known by: what Gunicorn said last, else the last failure. */
export function anchorOf({
  transition,
  nowMs,
}: Pick<SearchChoice, 'transition' | 'nowMs'>): number {
  const { diagnosis, incident } = transition;
  const said = diagnosis.evidence
    .filter(({ role }) => role === 'gunicorn')
    .map(({ at }) => Date.parse(at))
    .filter((at) => at <= nowMs);
  return said.length > 0 ? Math.max(...said) : Math.min(incident.lastFailureAt, nowMs);
}

type Window = Pick<LogQuery, 'fromMs' | 'toMs' | 'limit'>;

function windowsOf(choice: SearchChoice): { readonly near: Window; readonly wide: Window } {
  const { nowMs } = choice;
  const { openedAt, lastFailureAt } = choice.transition.incident;
  const anchor = anchorOf(choice);
  const last = Math.min(lastFailureAt, nowMs);
  return {
    near: {
      fromMs: anchor - 20 * SECOND_MS,
      toMs: Math.min(nowMs, anchor + 10 * SECOND_MS),
      limit: NEAR_LIMIT,
    },
    wide: {
      fromMs: Math.min(Math.max(openedAt, last - WIDEST_MS), anchor) - MINUTE_MS,
      toMs: Math.min(nowMs, last + 30 * SECOND_MS),
      limit: WIDE_LIMIT,
    },
  };
}

type Place = Pick<ContextSearch, 'role' | 'group' | 'streams'>;

/** The groups of a role, those that hosts of the incident write to first, with the streams of those hosts. */
function placesOf(role: LogRole, choice: SearchChoice): readonly Place[] {
  const hosts = hostsOf(choice, role);
  const known = choice.streams.filter((stream) => stream.role === role);
  const names = (choice.groups[role] ?? []).flatMap((name) => groupsNamed(name, known));
  const places = [...new Set(names)].map((group) => {
    const streams = known
      .filter(({ host, path }) => hosts.has(host) && path.startsWith(`${group}/`))
      .map(({ path }) => path.slice(group.length + 1));
    return { role, group, streams: [...new Set(streams)].sort().slice(0, MAX_STREAMS) };
  });
  const isTheirs = ({ streams }: Place) => (streams.length > 0 ? 0 : 1);
  return places.sort((a, b) => isTheirs(a) - isTheirs(b));
}

/** Hosts whose requests failed, and those that the evidence of this log is of. */
function hostsOf({ transition }: SearchChoice, role: LogRole): ReadonlySet<string> {
  const { incident, diagnosis } = transition;
  const seen = diagnosis.evidence.filter((line) => line.role === role).map(({ host }) => host);
  return new Set([...incident.hosts, ...seen]);
}

/** The group; of a name that ends with `*` those that something came from. */
function groupsNamed(name: string, known: readonly SeenStream[]): readonly string[] {
  if (!name.endsWith('*')) return [name];
  const start = name.slice(0, -1);
  const paths = known.map(({ path }) => path).filter((path) => path.startsWith(start));
  return [...new Set(paths.map(groupOfPath))].filter((group) => group.startsWith(start)).sort();
}

/**
 * Both names may hold a `/`. A stream's is taken for its last part, or for its last three where it ends with the id
 * of an ECS task (`prefix/container/task`); of a wrong guess there is no such group, and nothing is found.
 */
function groupOfPath(path: string): string {
  const parts = path.split('/');
  const isTask = /^[0-9a-f]{32}$/.test(parts.at(-1) ?? '');
  return parts.slice(0, isTask ? -3 : -1).join('/');
}
