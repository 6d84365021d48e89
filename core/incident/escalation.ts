/** Why people are told again of an incident that goes on. */
import { countOf, formatCount } from '../messages/numbers.ts';
import type { Incident, Told } from './incident.ts';
import type { Situation } from './situation.ts';

const GROWTH = 10;
/** Told of growth at most once in this time. */
const GROWTH_GAP_MS = 60_000;
/** New hosts of the first minutes belong to the beginning; later ones are told together, at most once in this time. */
const HOSTS_GAP_MS = 5 * 60_000;
/** While so many transitions wait, those that only say more of the same are left out. */
const MAX_WAITING = 4;

/** In words, what was told last first; '' when there is no reason. */
export function growthOf(incident: Incident, told: Told, { policy, nowMs }: Situation): string {
  if (incident.outbox.length >= MAX_WAITING) return '';
  const sinceTold = nowMs - told.at;
  const reasons: string[] = [];
  const isGrown =
    incident.failures >= GROWTH * Math.max(1, told.failures) && sinceTold >= GROWTH_GAP_MS;
  const known = new Set(told.hosts);
  const hosts = incident.hosts.filter((host) => !known.has(host));
  const isSettled = nowMs - incident.noticedAt >= HOSTS_GAP_MS && sinceTold >= HOSTS_GAP_MS;
  if (hosts.length > 0 && isSettled) reasons.push(`reached ${listOf(hosts)}`);
  if (sinceTold >= policy.renotifyMs) {
    reasons.push(`still going on after ${durationOf(nowMs - incident.openedAt)}`);
  }
  if (!isGrown && reasons.length === 0) return '';
  return [thenAndNow(incident, told), ...reasons].join('; ');
}

/** `60 failed requests when we last told you, 612 now`. */
function thenAndNow({ failures }: Incident, told: Told): string {
  const before = countOf(told.failures, 'failed request');
  const now = failures === told.failures ? 'no more since' : `${formatCount(failures)} now`;
  return `${before} when we last told you, ${now}`;
}

const SHOWN_HOSTS = 3;

function listOf(hosts: readonly string[]): string {
  const shown = hosts.slice(0, SHOWN_HOSTS).join(', ');
  const more = hosts.length - SHOWN_HOSTS;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** `4 h`, `4 h 20 min`, `50 min`. */
function durationOf(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${minutes} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
