/** Which incidents are not told yet, and why. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { type Counts, minutesOf } from './counts.ts';
import type { CountedMinute, Incident } from './incident.ts';
import { settledAt, shareHost } from './open-incidents.ts';
import { firstBurst } from './opening-rule.ts';
import type { Situation } from './situation.ts';
import { ALERTED_CAUSES, NOTICE, STOPS, WEAK_VERDICTS } from './worth-waking.ts';

/**
 * Longest time that a restart takes: `TimeoutStopSec` is 90 s, a rolling deploy goes through some hosts, and what
 * takes longer is an outage, whoever asked for it.
 */
const RESTART_MS = 5 * 60_000;

/** Why nobody is told: it may be a restart; its verdict may be sharpened; it may be what another one sharpens to. */
export type Hold = 'restart' | 'weak' | 'twin';

/** `null`: nothing speaks against telling it. Only an incident that people do not know to be open is held. */
export function holdOf(
  incident: Incident,
  incidents: readonly Incident[],
  situation: Situation,
): Hold | null {
  if (incident.told?.status === 'open') return null;
  if (incident.cause === NOTICE) return isShort(incident) ? 'restart' : null;
  if (isWeak(incident.cause, situation)) return isWaitedFor(incident, situation) ? 'weak' : null;
  return isFresh(incident, situation) && hasWeakTwin(incident, incidents, situation)
    ? 'twin'
    : null;
}

export function isShort({ openedAt, lastFailureAt }: Incident): boolean {
  return lastFailureAt - openedAt <= RESTART_MS;
}

/** Whether the patience with it is not over yet: twice as long with a backend that somebody has stopped. */
function isFresh(incident: Incident, situation: Situation): boolean {
  return situation.nowMs < patienceEnd(incident, situation);
}

/** Epoch milliseconds. */
function patienceEnd({ cause, noticedAt }: Incident, { policy, counts }: Situation): number {
  return noticedAt + policy.patienceMs * (isStopped(cause, counts) ? 2 : 1);
}

/** Whether all that is known of a backend that does not listen is that it was stopped. */
function isStopped(cause: CauseId, counts: Counts): boolean {
  if (!(cause in WEAK_VERDICTS)) return false;
  return [...minutesOf(counts, cause).values()].some(({ facts }) =>
    STOPS.some((signal) => facts.signals.counts.has(signal)),
  );
}

/** Whether nothing that comes is likely to change the verdict of any of its minutes. */
export function isSettled(incident: Incident, situation: Situation): boolean {
  const { policy, nowMs } = situation;
  const isOver = ([minute]: CountedMinute) => settledAt(minute, policy.patienceMs) <= nowMs;
  return !isFresh(incident, situation) && incident.counted.every(isOver);
}

/** Weak unless most of its failures were confirmed by the other side, by more than a stop. */
function isWeak(cause: CauseId, { counts }: Situation): boolean {
  if (!(cause in WEAK_VERDICTS)) return false;
  if (isStopped(cause, counts)) return true;
  let [confirmed, all] = [0, 0];
  for (const { confidences } of minutesOf(counts, cause).values()) {
    for (const count of confidences.values()) all += count;
    confirmed += confidences.get('confirmed') ?? 0;
  }
  return confirmed * 2 <= all;
}

/**
 * The newest failures of a cause often look like a weaker one until the other log has come. While such a cause
 * fails requests of the same host, only minutes that are over for long enough count.
 */
function isWaitedFor(incident: Incident, situation: Situation): boolean {
  if (isFresh(incident, situation)) return true;
  const { counts, policy, requests, nowMs } = situation;
  const failing = incident.counted.filter(([, failures]) => failures > 0);
  const minutes = failing.map(([minute]) => minute);
  const isEdge = ALERTED_CAUSES.some(
    (other) =>
      other !== incident.cause &&
      !isWeak(other, situation) &&
      shareHost(counts, { cause: incident.cause, other, minutes }),
  );
  if (!isEdge) return false;
  const settled = failing.filter(([minute]) => settledAt(minute, policy.patienceMs) <= nowMs);
  const failures = new Map(settled.map(([minute, count]) => [minute, count]));
  return firstBurst(failures, policy, requests) === null;
}

/** Whether people were told a weak verdict about the same minutes, which may become this one. */
function hasWeakTwin(
  incident: Incident,
  incidents: readonly Incident[],
  situation: Situation,
): boolean {
  const minutes = incident.counted.map(([minute]) => minute);
  return incidents.some(
    (other) =>
      other.status === 'open' &&
      other.told?.status === 'open' &&
      isWeak(other.cause, situation) &&
      shareHost(situation.counts, { cause: incident.cause, other: other.cause, minutes }),
  );
}
