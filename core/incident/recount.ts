/** What an incident comes to, from the counts as they are now. */
import type { CauseRollup } from '../diagnose/rollup.ts';
import { failuresIn, firstIn, hostsIn, minuteAt, minutesOf } from './counts.ts';
import type { CountedMinute, Incident } from './incident.ts';
import { firstBurst } from './opening-rule.ts';
import type { Situation } from './situation.ts';

const MAX_HOSTS = 100;

/**
 * Counts it again. Of one that is over, only minutes before its end: failures that came after it are looked at
 * afresh, and those that were before it and come late change its totals and nothing else.
 */
export function recount(incident: Incident, situation: Situation): Incident {
  const { fromMinute, nowMs } = situation;
  const openedAt = earlierStart(incident, situation);
  const own = ownMinutes({ ...incident, openedAt }, situation);
  const settled = incident.counted.filter(([minute]) => minute < fromMinute);
  const settledFailures = incident.settledFailures + total(settled);
  const counted = countedMinutes(incident, own, situation);
  const failures = settledFailures + total(counted);
  const last = [...own].at(-1)?.[1];
  return {
    ...incident,
    openedAt,
    failures,
    settledFailures,
    counted,
    lastFailureAt: last?.lastSeen ?? incident.lastFailureAt,
    grewAt: failures > incident.failures ? nowMs : incident.grewAt,
    hosts: union(incident.hosts, hostsIn(own.values())),
  };
}

/** The same incident under another cause: what it was counted for before does not matter any more. */
export function recountAs(
  incident: Incident,
  cause: Incident['cause'],
  situation: Situation,
): Incident {
  const formerCauses = [...incident.formerCauses, incident.cause].slice(-MAX_FORMER);
  return recount({ ...incident, cause, formerCauses, counted: [] }, situation);
}

const MAX_FORMER = 10;

export function union(hosts: readonly string[], others: Iterable<string>): string[] {
  return [...new Set([...hosts, ...others])].sort().slice(0, MAX_HOSTS);
}

/** Late logs may show that it began earlier, but not before an incident of the same cause that was over by then. */
function earlierStart(incident: Incident, situation: Situation): number {
  const { policy, requests, nowMs, incidents, counts } = situation;
  const before = incidents
    .filter((other) => other.id !== incident.id && other.cause === incident.cause)
    .map(({ resolvedAt }) => resolvedAt ?? 0)
    .filter((at) => at <= incident.openedAt);
  const from = minuteAt(Math.max(nowMs - policy.maxAgeMs, ...before)) + 1;
  const to = minuteAt(incident.openedAt) + Math.ceil(policy.windowMs / 60_000);
  const minutes = minutesOf(counts, incident.cause);
  const near = [...minutes].filter(([minute]) => minute >= from && minute <= to);
  const first = firstBurst(
    new Map(near.map(([minute, { failures }]) => [minute, failures])),
    policy,
    requests,
  );
  const entry = first === null ? undefined : minutes.get(first);
  return entry && first !== null
    ? Math.min(incident.openedAt, firstIn(entry, first))
    : incident.openedAt;
}

/** Minutes with failures that belong to it. */
function ownMinutes(incident: Incident, situation: Situation): Map<number, CauseRollup> {
  const first = Math.max(minuteAt(incident.openedAt), situation.fromMinute);
  const end = endMinute(incident);
  const all = minutesOf(situation.counts, incident.cause);
  return new Map([...all].filter(([minute]) => minute >= first && minute < end));
}

function countedMinutes(
  incident: Incident,
  own: ReadonlyMap<number, CauseRollup>,
  { fromMinute, counts }: Situation,
): CountedMinute[] {
  const known = new Map(incident.counted.map((counted) => [counted[0], counted] as const));
  const minutes = new Set([...known.keys(), ...own.keys()]);
  const end = endMinute(incident);
  return [...minutes]
    .filter((minute) => minute >= fromMinute)
    .sort((a, b) => a - b)
    .map((minute) => {
      const [, before, most] = known.get(minute) ?? [minute, 0, 0];
      const failures = minute < end ? failuresIn(counts, incident.cause, minute) : before;
      return [minute, failures, Math.max(most, failures)] as const;
    });
}

/** The minute in which it was over. What is counted of that and later minutes stays as it was. */
function endMinute({ status, resolvedAt }: Incident): number {
  return status === 'resolved' && resolvedAt !== null
    ? minuteAt(resolvedAt)
    : Number.POSITIVE_INFINITY;
}

function total(counted: readonly CountedMinute[]): number {
  return counted.reduce((sum, [, failures]) => sum + failures, 0);
}
