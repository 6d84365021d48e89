/** New incidents, and incidents that come back. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { MINUTE_MS } from '../records/keys.ts';
import { type Counts, firstIn, hostsIn, minuteAt, minutesOf } from './counts.ts';
import type { Incident } from './incident.ts';
import { firstBurst } from './opening-rule.ts';
import { recount } from './recount.ts';
import type { Situation } from './situation.ts';
import { ALERTED_CAUSES, NOTICE, SYMPTOMS } from './worth-waking.ts';

/** The incidents, with those that the failures of no incident open. */
export function openIncidents(
  incidents: readonly Incident[],
  situation: Situation,
): readonly Incident[] {
  const all = new Map(incidents.map((incident) => [incident.id, incident]));
  for (const cause of ALERTED_CAUSES) {
    const isOpen = [...all.values()].some(
      (incident) => incident.status === 'open' && incident.cause === cause,
    );
    const next = isOpen ? null : openOne(cause, [...all.values()], situation);
    if (next) all.set(next.id, recount(next, situation));
  }
  return [...all.values()];
}

function openOne(
  cause: CauseId,
  incidents: readonly Incident[],
  situation: Situation,
): Incident | null {
  const previous = lastOf(cause, incidents);
  const fresh = withoutRest(cause, freshFailures(cause, previous, situation), incidents);
  const minute = firstBurst(fresh, situation.policy, situation.requests);
  const entry = minute === null ? undefined : situation.counts.get(cause)?.get(minute);
  if (minute === null || !entry) return null;
  if (isSymptomOfOther(cause, fresh, situation)) return null;
  const at = Math.max(firstIn(entry, minute), previous?.resolvedAt ?? 0);
  const quietMs = at - (previous?.resolvedAt ?? 0);
  const isBack = previous && cause !== NOTICE && quietMs <= situation.policy.reopenWithinMs;
  return isBack ? reopened(previous, situation) : opened(cause, at, incidents, situation);
}

/** The last one of the cause that was really over. */
function lastOf(cause: CauseId, incidents: readonly Incident[]): Incident | null {
  return (
    incidents
      .filter((incident) => incident.cause === cause && incident.end === 'over')
      .sort((a, b) => (a.resolvedAt ?? 0) - (b.resolvedAt ?? 0))
      .at(-1) ?? null
  );
}

/** Failures that are young enough, and not of the incident before. By minute. */
function freshFailures(
  cause: CauseId,
  previous: Incident | null,
  { counts, policy, nowMs }: Situation,
): Map<number, number> {
  const oldest = minuteAt(nowMs - policy.maxAgeMs);
  const first = Math.max(oldest, minuteAt(previous?.resolvedAt ?? 0));
  const counted = new Map(previous?.counted.map(([minute, failures]) => [minute, failures]));
  const fresh = new Map<number, number>();
  for (const [minute, entry] of minutesOf(counts, cause)) {
    if (minute < first || entry.lastSeen < nowMs - policy.maxAgeMs) continue;
    const failures = entry.failures - (counted.get(minute) ?? 0);
    if (failures > 0) fresh.set(minute, failures);
  }
  return fresh;
}

/** What is left under a cause that another incident was taken for: where it is the smaller part, it rides along. */
function withoutRest(
  cause: CauseId,
  fresh: ReadonlyMap<number, number>,
  incidents: readonly Incident[],
): ReadonlyMap<number, number> {
  let left = [...fresh];
  for (const incident of incidents) {
    if (incident.end === 'retracted' || !incident.formerCauses.includes(cause)) continue;
    const first = minuteAt(incident.openedAt);
    const last = minuteAt(incident.resolvedAt ?? Number.POSITIVE_INFINITY);
    const isWithin = ([minute]: readonly [number, number]) => minute >= first && minute <= last;
    const failures = left.filter(isWithin).reduce((sum, [, count]) => sum + count, 0);
    if (failures < incident.failures) left = left.filter((pair) => !isWithin(pair));
  }
  return new Map(left);
}

function isSymptomOfOther(
  cause: CauseId,
  fresh: ReadonlyMap<number, number>,
  { counts }: Situation,
): boolean {
  if (!SYMPTOMS.has(cause)) return false;
  return ALERTED_CAUSES.some(
    (other) => !SYMPTOMS.has(other) && shareHost(counts, { cause, other, minutes: fresh.keys() }),
  );
}

/** Whether two causes failed requests of the same host in one of the minutes, or in the one before it. */
export function shareHost(
  counts: Counts,
  pair: { readonly cause: CauseId; readonly other: CauseId; readonly minutes: Iterable<number> },
): boolean {
  const [one, other] = [minutesOf(counts, pair.cause), minutesOf(counts, pair.other)];
  for (const minute of pair.minutes) {
    const entry = one.get(minute);
    const near = [other.get(minute), other.get(minute - 1)].filter((found) => found !== undefined);
    if (!entry || near.length === 0) continue;
    const hosts = hostsIn(near);
    if ([...hostsIn([entry])].some((host) => hosts.has(host))) return true;
  }
  return false;
}

function reopened(previous: Incident, { nowMs }: Situation): Incident {
  return {
    ...previous,
    status: 'open',
    end: null,
    resolvedAt: null,
    overBefore: previous.resolvedAt,
    reopened: previous.reopened + 1,
    noticedAt: nowMs,
    grewAt: nowMs,
  };
}

function opened(
  cause: CauseId,
  openedAt: number,
  incidents: readonly Incident[],
  { service, nowMs }: Situation,
): Incident {
  return {
    id: freeId(`${service}/${cause}/${stampOf(openedAt)}`, incidents),
    service,
    cause,
    formerCauses: [],
    status: 'open',
    end: null,
    openedAt,
    lastFailureAt: openedAt,
    resolvedAt: null,
    overBefore: null,
    noticedAt: nowMs,
    grewAt: nowMs,
    reopened: 0,
    failures: 0,
    settledFailures: 0,
    counted: [],
    hosts: [],
    told: null,
    mutedBy: null,
    transitions: 0,
    outbox: [],
    history: [],
    published: [],
  };
}

/** One that was retracted or merged may have begun with the same failure. */
function freeId(id: string, incidents: readonly Incident[]): string {
  const taken = new Set(incidents.map((incident) => incident.id));
  for (let number = 2; ; number++) {
    const candidate = number === 2 ? id : `${id}-${number - 1}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** `20261120T140211Z`. */
function stampOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** When a minute and the patience after it are over. */
export function settledAt(minute: number, patienceMs: number): number {
  return (minute + 1) * MINUTE_MS + patienceMs;
}
