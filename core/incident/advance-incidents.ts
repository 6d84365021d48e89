/** Brings the incidents of a service up to date with what is counted of it. */
import type { Settings } from '../diagnose/fix-facts.ts';
import { AppError } from '../errors.ts';
import { LOG_ROLES } from '../model.ts';
import { MINUTE_MS, minuteOfRow, minuteRanges, streamRange } from '../records/keys.ts';
import { decodeRollup } from '../records/rollup-record.ts';
import { decodeStream } from '../records/stream-record.ts';
import type { Table } from '../table.ts';
import { type Minutes, minuteAt } from './counts.ts';
import { decide, isAlive, nextDueMs } from './decide.ts';
import type { Incident } from './incident.ts';
import { type AliveIncidents, readAlive, writeAlive, writeIncident } from './incident-store.ts';
import { listMutes } from './mutes.ts';
import type { RequestCounts } from './opening-rule.ts';
import type { Policy } from './policy.ts';
import { plausibleCounts } from './request-counts.ts';
import type { DecideInput } from './situation.ts';

/** All requests of a service by epoch minute, from one minute to another, both included; `null`: they are not counted. */
export type CountRequests = (
  service: string,
  from: number,
  to: number,
) => Promise<RequestCounts | null>;

export type AdvanceOptions = {
  readonly service: string;
  readonly policy: Policy;
  readonly settings: Settings;
  /** Asked only while something fails. */
  readonly countRequests?: CountRequests | undefined;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt: no two writers use the same version of a row. */
  readonly stamp: string;
};

export type AdvanceResult = {
  /** Incidents that changed. */
  readonly changed: readonly Incident[];
  /** When to advance again even if no logs come; `null`: nothing waits. */
  readonly nextDueMs: number | null;
};

/**
 * Decides and writes. A repetition after a crash does no harm; throws `AppError` when somebody else wrote
 * meanwhile, and is to be called again then.
 */
export async function advanceIncidents(
  table: Table,
  options: AdvanceOptions,
): Promise<AdvanceResult> {
  const { service, policy, nowMs } = options;
  const alive = await readAlive(table, service);
  const known = alive.incidents.map(({ incident }) => incident);
  const input = await readInput(table, options, known);
  const { incidents: changed } = decide(input);
  const after = merge(known, changed);
  const isChanged = (incident: Incident) => changed.some(({ id }) => id === incident.id);
  const kept = after.filter((incident) => isChanged(incident) || isAlive(incident, policy, nowMs));
  await write(table, { alive, changed, kept }, options);
  return { changed, nextDueMs: nextDueMs(kept, { policy, nowMs }) };
}

/** Minutes read before those that may open something, so that a verdict that changes late is noticed. */
const MINUTES_BEFORE = 60;
/** Clocks that are ahead. */
const MINUTES_AHEAD = 24 * 60;

async function readInput(
  table: Table,
  { service, policy, settings, countRequests, nowMs }: AdvanceOptions,
  incidents: readonly Incident[],
): Promise<DecideInput> {
  const fromMinute = firstMinute(policy, nowMs);
  const [rows, streams, mutes] = await Promise.all([
    queryAll(table, service, { from: fromMinute, to: minuteAt(nowMs) + MINUTES_AHEAD }),
    table.query(streamRange(service)),
    listMutes(table, { service, nowMs }),
  ]);
  const minutes: Minutes = new Map(rows.map((row) => [minuteOfRow(row), decodeRollup(row.body)]));
  const isQuiet = minutes.size === 0;
  const requests =
    isQuiet || !countRequests ? null : await countRequests(service, fromMinute, minuteAt(nowMs));
  const seen = streams.map(({ body }) => decodeStream(body));
  const roles = new Set(LOG_ROLES.filter((role) => seen.some((stream) => stream.role === role)));
  const hosts = new Set(seen.map(({ host }) => host));
  return {
    policy,
    service,
    incidents,
    minutes,
    fromMinute,
    mutes,
    requests: requests && plausibleCounts(requests, minutes),
    knownHosts: hosts.size > 0 ? hosts.size : null,
    settings,
    roles: { given: roles, filled: roles },
    nowMs,
  };
}

/** The first minute that is looked at. */
export function firstMinute({ maxAgeMs, windowMs }: Policy, nowMs: number): number {
  return minuteAt(nowMs) - Math.ceil((maxAgeMs + windowMs) / MINUTE_MS) - MINUTES_BEFORE;
}

async function queryAll(table: Table, service: string, { from, to }: { from: number; to: number }) {
  const ranges = minuteRanges(service, from, to);
  return (await Promise.all(ranges.map((range) => table.query(range)))).flat();
}

function merge(known: readonly Incident[], changed: readonly Incident[]): Incident[] {
  return [...new Map([...known, ...changed].map((incident) => [incident.id, incident])).values()];
}

/** First the list, so that an incident is never written that nobody would look at again. */
async function write(
  table: Table,
  { alive, changed, kept }: Writes,
  options: AdvanceOptions,
): Promise<void> {
  const { service } = options;
  const ids = kept.map(({ id }) => id).sort();
  const isSame = JSON.stringify(ids) === JSON.stringify(alive.ids);
  if (!isSame && !(await writeAlive(table, { service, ids, version: alive.version }, options))) {
    throw contended(service);
  }
  for (const incident of changed) {
    const before = alive.incidents.find((stored) => stored.incident.id === incident.id);
    const version = before?.version ?? null;
    if (!(await writeIncident(table, { incident, version }, options))) throw contended(service);
  }
}

type Writes = {
  readonly alive: AliveIncidents;
  readonly changed: readonly Incident[];
  readonly kept: readonly Incident[];
};

function contended(service: string): AppError {
  return new AppError(
    'IncidentContended',
    `the incidents of ${service} were changed by somebody else meanwhile`,
    { hint: 'they are decided again when the message comes back to the queue' },
  );
}
