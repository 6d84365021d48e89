/** What people are told: the difference between what an incident is and what they were told that it is. */

import { minuteAt } from './counts.ts';
import { growthOf } from './escalation.ts';
import { holdOf, isSettled, isShort } from './hold.ts';
import type { HistoryEntry, Incident, Told, Transition, TransitionKind } from './incident.ts';
import { diagnosisOfIncident } from './incident-diagnosis.ts';
import { activeMute, describeMute } from './mutes.ts';
import { sumAll } from './opening-rule.ts';
import type { Policy } from './policy.ts';
import { endAs } from './refine-incidents.ts';
import type { Situation } from './situation.ts';
import { NOTICE } from './worth-waking.ts';

/** Quiet time after which a restart is over, if that is less than the policy's: hosts that follow each other are one. */
const RESTART_QUIET_MS = 2 * 60_000;
/** An incident that keeps coming back has to be quiet for longer each time: 1, 2, 4, 8 times as long. */
const MAX_DOUBLINGS = 3;
/** While so many transitions wait, nothing new is said: a topic that refuses for a day must not fill the row. */
const MAX_OUTBOX = 8;

/** The incident after everything that is to be told of it now. */
export function tell(
  incident: Incident,
  incidents: readonly Incident[],
  situation: Situation,
): Incident {
  if (incident.end === 'merged' || incident.end === 'retracted') return incident;
  const hold = holdOf(incident, incidents, situation);
  const current = endIfOver(withMute(incident, situation), incidents, situation);
  if (current.end === 'merged' || current.end === 'retracted') return current;
  if (current.mutedBy !== null) return current;
  if (current.status === 'open' && hold !== null) return current;
  return newsOf(current, situation).reduce(
    (next, { kind, reason }) => addTransition(next, { kind, reason }, situation),
    current,
  );
}

/** Quiet time that this incident needs. */
export function quietMs(incident: Incident, policy: Policy, restarts: number): number {
  if (incident.cause === NOTICE && isShort(incident) && incident.told === null) {
    return Math.min(policy.resolveAfterMs, RESTART_QUIET_MS * 2 ** Math.min(restarts, 4));
  }
  return policy.resolveAfterMs * 2 ** Math.min(incident.reopened, MAX_DOUBLINGS);
}

/** A clock that is ahead does not keep an incident open: then the time counts at which its failures last grew. */
export function lastActiveAt({ lastFailureAt, grewAt }: Incident): number {
  return Math.min(lastFailureAt, grewAt);
}

const HOUR_MS = 3_600_000;

/** Restarts of the last hour that are over: the more there were, the more of them become one. */
export function restartsBefore({ id, openedAt }: Incident, incidents: readonly Incident[]): number {
  return incidents.filter(
    (other) =>
      other.id !== id &&
      other.cause === NOTICE &&
      other.end === 'over' &&
      openedAt - other.openedAt <= HOUR_MS,
  ).length;
}

/** Muted or not; one that is over and that nobody was told of stays what it was. */
function withMute(incident: Incident, { mutes, nowMs }: Situation): Incident {
  if (incident.status === 'resolved' && incident.told?.status !== 'open') return incident;
  const mute = activeMute(mutes, { service: incident.service, cause: incident.cause, nowMs });
  return { ...incident, mutedBy: mute && describeMute(mute) };
}

/** The incident, ended if it was quiet for long enough, or if nothing is left of it or of its return. */
export function endIfOver(
  incident: Incident,
  incidents: readonly Incident[],
  situation: Situation,
): Incident {
  if (incident.status !== 'open') return incident;
  if (incident.told === null && incident.failures === 0) {
    return endAs(incident, 'retracted', situation);
  }
  if (isBackInVain(incident)) return asBefore(incident);
  const neededMs = quietMs(incident, situation.policy, restartsBefore(incident, incidents));
  const overAt = lastActiveAt(incident) + neededMs;
  if (situation.nowMs < overAt) return incident;
  const hold = holdOf(incident, incidents, situation);
  if (hold === 'weak' || hold === 'twin') {
    if (!isSettled(incident, situation)) return incident;
    return incident.told === null ? endAs(incident, 'retracted', situation) : asBefore(incident);
  }
  return { ...incident, status: 'resolved', end: 'over', resolvedAt: overAt };
}

/** Whether late evidence left nothing of what it had come back with, before anybody was told. */
function isBackInVain({ told, overBefore, lastFailureAt }: Incident): boolean {
  if (overBefore === null || told?.status === 'open') return false;
  return minuteAt(lastFailureAt) < minuteAt(overBefore);
}

function asBefore(incident: Incident): Incident {
  const { overBefore, reopened, settledFailures } = incident;
  const counted = incident.counted.filter(([minute]) => minute < minuteAt(overBefore ?? 0));
  return {
    ...incident,
    counted,
    failures: counted.reduce((sum, [, failures]) => sum + failures, settledFailures),
    status: 'resolved',
    end: 'over',
    resolvedAt: overBefore,
    overBefore: null,
    reopened: reopened - 1,
  };
}

type News = { readonly kind: TransitionKind; readonly reason: string };

function newsOf(incident: Incident, situation: Situation): readonly News[] {
  if (incident.outbox.length >= MAX_OUTBOX) return [];
  const { told } = incident;
  const news = (...kinds: TransitionKind[]) => kinds.map((kind) => ({ kind, reason: '' }));
  if (incident.status === 'resolved') return news(...endings(incident));
  if (told === null) return news('opened');
  if (told.status === 'resolved') return news('reopened');
  if (told.cause !== incident.cause) return news('refined');
  const reason = growthOf(incident, told, situation);
  return reason === '' ? [] : [{ kind: 'escalated', reason }];
}

/** One that was over before anybody was told of it is told whole, except for a restart. */
function endings(incident: Incident): TransitionKind[] {
  const { told, cause, reopened } = incident;
  if (told?.status === 'open') return ['resolved'];
  if (told === null)
    return cause === NOTICE && isShort(incident) ? ['resolved'] : ['opened', 'resolved'];
  return told.reopened < reopened ? ['reopened', 'resolved'] : [];
}

function addTransition(incident: Incident, { kind, reason }: News, situation: Situation): Incident {
  const status = kind === 'resolved' ? 'resolved' : 'open';
  const transitions = incident.transitions + 1;
  const transition: Transition = {
    id: `${incident.id}/${transitions}`,
    kind,
    at: situation.nowMs,
    reason,
    incident: summaryOf(incident, status, situation),
    diagnosis: diagnosisOfIncident(incident, situation),
  };
  const told: Told = {
    at: situation.nowMs,
    status,
    cause: incident.cause,
    reopened: incident.reopened,
    failures: incident.failures,
    hosts: incident.hosts,
  };
  const { cause, failures } = incident;
  const history = [...incident.history, { kind, at: situation.nowMs, reason, cause, failures }];
  const outbox = [...incident.outbox, transition];
  return { ...incident, transitions, told, outbox, history: withoutMiddle(history) };
}

const KEPT_HISTORY = 50;

function withoutMiddle(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  if (history.length <= KEPT_HISTORY) return history;
  return [...history.slice(0, KEPT_HISTORY / 2), ...history.slice(-KEPT_HISTORY / 2)];
}

function summaryOf(
  incident: Incident,
  status: Incident['status'],
  { requests, knownHosts }: Situation,
): Transition['incident'] {
  const { id, service, cause, told, openedAt, lastFailureAt, failures, hosts } = incident;
  const start = minuteAt(openedAt);
  const length = minuteAt(lastFailureAt) - start + 1;
  return {
    id,
    service,
    cause,
    formerCause: told && told.cause !== cause ? told.cause : null,
    status,
    openedAt,
    lastFailureAt,
    resolvedAt: status === 'resolved' ? incident.resolvedAt : null,
    failures,
    hosts,
    knownHosts,
    requests: requests && sumAll(requests, { start, length }),
  };
}
