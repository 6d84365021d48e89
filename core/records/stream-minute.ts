/**
 * What one delivery said of one minute of one log stream. Each thing keeps the id of the log event it came from, so
 * that a minute can be put together from any number of deliveries, in any order, each event counted once.
 */
import { ERROR_RULE, REQUEST_RULE } from '../fold.ts';
import type { RequestRecord, UpstreamError } from '../model.ts';
import type { SampleRule } from '../sample.ts';

/** An observation of NGINX's logs with the id of its event, as CloudWatch gave it. */
export type Identified<T> = { readonly id: string; readonly observation: T };

/**
 * A line (or an event of several) of a Gunicorn or system log, as it came: what it means is read when all of its
 * minute is there, since an entry may be spread over deliveries, and is believed by the lines around it.
 */
export type BackendLine = {
  readonly id: string;
  /** The event's time, epoch milliseconds. */
  readonly at: number;
  readonly text: string;
};

export type StreamMinute = {
  readonly requests: Identified<RequestRecord>[];
  readonly errors: Identified<UpstreamError>[];
  readonly lines: BackendLine[];
  /** Ids of events that were counted but not kept, by class: `502` (a request), `read-timeout` (an error). */
  readonly dropped: Map<string, string[]>;
  /** Events counted even without their ids, by class: repeated deliveries of them are only told apart as a whole. */
  readonly unnamed: Map<string, number>;
};

/** Ids kept of what is only counted, for a batch and minute. */
const MAX_DROPPED_IDS = 20_000;
/** Lines kept of a batch and minute; of headers, which tell what happened, more than of tracebacks. */
const MAX_LINES = 4_000;
const MAX_HEADERS = 20_000;
const BRACKET = 91;

export function newStreamMinute(): StreamMinute {
  return { requests: [], errors: [], lines: [], dropped: new Map(), unnamed: new Map() };
}

/** Adds an observation, in place. */
export function addIdentified(
  into: StreamMinute,
  id: string,
  observation: RequestRecord | UpstreamError,
): void {
  if (observation.kind === 'request') {
    into.requests.push({ id, observation });
    if (into.requests.length >= 2 * REQUEST_RULE.limit) settle(into, into.requests, REQUEST_RULE);
  } else {
    into.errors.push({ id, observation });
    if (into.errors.length >= 2 * ERROR_RULE.limit) settle(into, into.errors, ERROR_RULE);
  }
}

/** Adds a line, in place. */
export function addLine(into: StreamMinute, line: BackendLine): void {
  const limit = line.text.charCodeAt(0) === BRACKET ? MAX_HEADERS : MAX_LINES;
  if (into.lines.length < limit) into.lines.push(line);
  else addUnnamed(into, LINE_CLASS, 1);
}

/** The class of backend lines that were not kept. */
const LINE_CLASS = 'line';

/** Brings everything within its bounds. Idempotent. */
export function settleStreamMinute(minute: StreamMinute): void {
  settle(minute, minute.requests, REQUEST_RULE);
  settle(minute, minute.errors, ERROR_RULE);
}

/** Keeps the first of `items` in the rule's order; of the rest, the id. */
function settle<T>(into: StreamMinute, items: Identified<T>[], rule: SampleRule<T>): void {
  if (items.length <= rule.limit) return;
  const ranks = new Map(items.map((item) => [item, rule.rankOf(item.observation)]));
  items.sort(
    (a, b) =>
      (ranks.get(a) as number) - (ranks.get(b) as number) ||
      rule.compare(a.observation, b.observation),
  );
  for (const { id, observation } of items.splice(rule.limit)) {
    const name = rule.classOf(observation);
    let ids = into.dropped.get(name);
    if (!ids) {
      ids = [];
      into.dropped.set(name, ids);
    }
    if (ids.length < MAX_DROPPED_IDS) ids.push(id);
    else addUnnamed(into, name, 1);
  }
}

function addUnnamed(into: StreamMinute, name: string, count: number): void {
  into.unnamed.set(name, (into.unnamed.get(name) ?? 0) + count);
}
