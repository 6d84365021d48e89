/**
 * What incidents a service has, and what people are to be told of them: a pure state machine. Failures are counted
 * by their own time; patience and quiet are measured by the clock of the evaluation. To decide again with the same
 * input changes nothing.
 */

import { DRILL_SERVICE } from '../contract.ts';
import { countsOf, minuteAt } from './counts.ts';
import { newDrills } from './drill.ts';
import type { Incident } from './incident.ts';
import { openIncidents, settledAt } from './open-incidents.ts';
import type { Policy } from './policy.ts';
import { recount } from './recount.ts';
import { refineIncidents } from './refine-incidents.ts';
import type { DecideInput, Situation } from './situation.ts';
import { endIfOver, lastActiveAt, quietMs, restartsBefore, tell } from './tell.ts';

export type Decision = {
  /** The incidents that changed, whole, with what is to be published in their outboxes. */
  readonly incidents: readonly Incident[];
};

export function decide(input: DecideInput): Decision {
  const counts = countsOf(input.minutes);
  if (input.service === DRILL_SERVICE.name) return { incidents: newDrills({ ...input, counts }) };
  const versions = new Map(input.incidents.map((incident) => [incident.id, textOf(incident)]));
  const changed = new Map<string, Incident>();
  let incidents = input.incidents;
  // What one incident comes to may decide another one that was looked at before it.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = decideOnce({ ...input, incidents, counts });
    const news = next.filter((incident) => versions.get(incident.id) !== textOf(incident));
    if (news.length === 0) break;
    for (const incident of news) {
      versions.set(incident.id, textOf(incident));
      changed.set(incident.id, incident);
    }
    incidents = next;
  }
  return { incidents: [...changed.values()] };
}

/** The last one finds that nothing more follows. A bound, so that two incidents cannot decide each other for ever. */
const MAX_ROUNDS = 5;

function textOf(incident: Incident): string {
  return JSON.stringify(incident);
}

function decideOnce(situation: Situation): readonly Incident[] {
  const counted = situation.incidents.map((incident) =>
    isGone(incident) ? incident : recount(incident, situation),
  );
  const refined = refineIncidents(counted, situation);
  // Before others open: what rides along with an incident that is open does not with one that is over.
  const current = refined.map((incident) => endIfOver(incident, refined, situation));
  const all = openIncidents(current, situation);
  return all.map((incident) => tell(incident, all, situation));
}

/** Whether an incident must be known to decide: it goes on, has something to say, or late logs may still belong to it. */
export function isAlive(incident: Incident, policy: Policy, nowMs: number): boolean {
  if (incident.status === 'open' || incident.outbox.length > 0) return true;
  if (!isGone(incident) && incident.told?.status === 'open') return true;
  const end = Math.max(incident.resolvedAt ?? 0, incident.lastFailureAt);
  return nowMs < end + policy.maxAgeMs + policy.windowMs + policy.reopenWithinMs + HOUR_MS;
}

const HOUR_MS = 3_600_000;
const MUTE_LOOK_MS = 60_000;

/** When time alone may change something; `null`: only new logs can. Epoch milliseconds, after `nowMs`. */
export function nextDueMs(
  incidents: readonly Incident[],
  { policy, nowMs }: { readonly policy: Policy; readonly nowMs: number },
): number | null {
  const times = incidents.flatMap((incident) => dueTimes(incident, incidents, policy, nowMs));
  const later = times.filter((at) => at > nowMs);
  return later.length === 0 ? null : Math.min(...later);
}

function dueTimes(
  incident: Incident,
  incidents: readonly Incident[],
  policy: Policy,
  nowMs: number,
): number[] {
  const isBelieved = incident.told?.status === 'open' && !isGone(incident);
  if (incident.status !== 'open') return isBelieved ? [nowMs + MUTE_LOOK_MS] : [];
  const overAt =
    lastActiveAt(incident) + quietMs(incident, policy, restartsBefore(incident, incidents));
  if (incident.mutedBy !== null) return [overAt, nowMs + MUTE_LOOK_MS];
  if (incident.told?.status === 'open') return [overAt, incident.told.at + policy.renotifyMs];
  const settles = settledAt(minuteAt(incident.lastFailureAt), policy.patienceMs);
  const { noticedAt } = incident;
  const patience = [noticedAt + policy.patienceMs, noticedAt + 2 * policy.patienceMs];
  return [overAt, ...patience, settles];
}

function isGone({ end }: Incident): boolean {
  return end === 'merged' || end === 'retracted';
}
