/** What is said of a change of an incident in every kind of message: the verdict, how bad it is, and how long. */
import type { TransitionDocument } from './alert-document.ts';
import { countOf, formatCount, formatDuration, formatShare } from './numbers.ts';
import { noticeOf } from './restart-notice.ts';
import { formatTime, rangeInWords } from './time-range.ts';
import { asSentence, withStop } from './wrap.ts';

const SECOND_MS = 1_000;
/** Logs arrive late, and failures have pauses. */
const GOING_ON_MS = 2 * 60_000;
/** Between minutes with failures. */
const PAUSE_MS = 10 * 60_000;

/** The verdict with what has become of it: `Over: Gunicorn killed workers that took longer than 30 s`. */
export function headlineOf(document: TransitionDocument): string {
  const { transition, diagnosis } = document;
  const notice = noticeOf(document);
  if (notice !== null) return notice;
  switch (transition) {
    case 'opened':
      return diagnosis.title;
    case 'reopened':
      return `It is back: ${diagnosis.title}`;
    case 'escalated':
      return `Still failing: ${diagnosis.title}`;
    case 'refined':
      return `Now known: ${diagnosis.title}`;
    case 'resolved':
      return `It is over: ${diagnosis.title}`;
    case 'test':
      return 'Only a test: nothing has failed';
  }
}

/** What it was taken for before, in words; '' when people were told nothing else. */
export function formerlyOf({ transition, incident }: TransitionDocument): string {
  if (incident.formerTitle === null) return '';
  const before = transition === 'refined' ? 'Until now it was' : 'Before, it was';
  return withStop(`${before} taken for this: ${incident.formerTitle}`);
}

/** How bad it is, a sentence each. */
export function impactOf(document: TransitionDocument): string[] {
  if (noticeOf(document) !== null) return restartImpact(document);
  switch (document.transition) {
    case 'escalated':
      return escalatedImpact(document);
    case 'resolved':
      return resolvedImpact(document);
    case 'reopened':
      return ['It had been over.', ...openImpact(document)];
    case 'test':
      return [
        'Somebody is trying out whether alerts arrive, and this one did. There is nothing to do.',
        withStop(`If it were real, it would begin with: ${document.diagnosis.title}`),
      ];
    default:
      return openImpact(document);
  }
}

function openImpact(document: TransitionDocument): string[] {
  const { failures, requests } = document.incident;
  const [since, where] = [sinceOf(document), hostsOf(document)];
  const now = isGoingOn(document)
    ? 'It is still going on.'
    : `The last one failed at ${clockOf(document.incident.lastFailureAt, document.at)} UTC.`;
  if (requests === null || requests < failures) {
    return [`${countOf(failures, 'request')} failed ${since}${where}${UNKNOWN_SHARE}.`, now];
  }
  const failed = `${formatCount(failures)} of ${countOf(requests, 'request')} failed ${since}`;
  return [`${failed} (${formatShare(failures, requests)})${where}.`, now];
}

const UNKNOWN_SHARE = '; the share of all requests is not known';

/** The reason has the counts, then and now: they are not said again. */
function escalatedImpact(document: TransitionDocument): string[] {
  const { reason, incident } = document;
  if (reason === '') return openImpact(document);
  const { failures, requests } = incident;
  const [since, where] = [sinceOf(document), hostsOf(document)];
  const share =
    requests === null || requests < failures
      ? `It fails ${since}${where}${UNKNOWN_SHARE}.`
      : `That is ${formatShare(failures, requests)} of ${countOf(requests, 'request')} ${since}${where}.`;
  return [asSentence(reason), share];
}

function resolvedImpact(document: TransitionDocument): string[] {
  const { failures, requests, openedAt, lastFailureAt } = document.incident;
  const [when, where] = [rangeInWords(openedAt, lastFailureAt), hostsOf(document)];
  const counted =
    requests === null || requests < failures
      ? `${countOf(failures, 'request')} failed ${when}${where}${UNKNOWN_SHARE}.`
      : `${formatCount(failures)} of ${countOf(requests, 'request')} failed (${formatShare(failures, requests)}) ${when}${where}.`;
  const lasted = durationOf(document);
  const quiet = quietOf(document);
  const pauses = hasPauses(document) ? ', with pauses' : '';
  const it = lasted === null ? 'It was over at once' : `It lasted ${lasted}${pauses}`;
  return [counted, quiet === null ? `${it}.` : `${it}; nothing has failed for ${quiet} since.`];
}

/** Whether it had been over for a while, and came back. */
function hasPauses({ diagnosis: { timeline } }: TransitionDocument): boolean {
  const times = timeline.map(({ at }) => Date.parse(at)).sort((a, b) => a - b);
  return times.some((at, index) => index > 0 && at - (times[index - 1] ?? at) > PAUSE_MS);
}

function restartImpact(document: TransitionDocument): string[] {
  const { failures, requests, openedAt } = document.incident;
  const when = `It was at ${formatTime(openedAt, 'clock')} UTC on ${openedAt.slice(0, 10)}`;
  const hosts = hostsOf(document);
  const share =
    requests === null || requests < failures
      ? ''
      : `: ${formatShare(failures, requests)} of ${countOf(requests, 'request')}`;
  const quiet = quietOf(document);
  return [
    `${when}${hosts}${share}.`,
    quiet === null ? 'It is over.' : `Nothing has failed for ${quiet} since.`,
  ];
}

/** From the first to the last failure; `null` for less than a second. */
export function durationOf({ incident }: TransitionDocument): string | null {
  const ms = Date.parse(incident.lastFailureAt) - Date.parse(incident.openedAt);
  return ms >= SECOND_MS ? formatDuration(ms) : null;
}

/** From the last failure until the message. */
function quietOf({ at, incident }: TransitionDocument): string | null {
  const ms = Date.parse(at) - Date.parse(incident.lastFailureAt);
  return ms >= SECOND_MS ? formatDuration(roundedDown(ms)) : null;
}

/** To whole minutes where there are any. */
function roundedDown(ms: number): number {
  return ms < 60_000 ? ms : Math.floor(ms / 60_000) * 60_000;
}

function isGoingOn({ at, incident }: TransitionDocument): boolean {
  return Date.parse(at) - Date.parse(incident.lastFailureAt) <= GOING_ON_MS;
}

function sinceOf({ at, incident }: TransitionDocument): string {
  return `since ${clockOf(incident.openedAt, at)} UTC`;
}

/** `14:02`; on another day than that of the message `19 Nov 14:02`. */
function clockOf(iso: string, now: string): string {
  const isSameDay = iso.slice(0, 10) === now.slice(0, 10);
  return formatTime(iso, isSameDay ? 'clock' : 'day').replace(/:\d\d$/, '');
}

/** `, on 2 of 4 hosts`, `, on web-1`; '' when no host is known. */
function hostsOf({ incident }: TransitionDocument): string {
  const { hosts, knownHosts } = incident;
  const [failing, known] = [hosts.length, knownHosts ?? 0];
  if (failing === 0) return '';
  if (known > failing) return `, on ${formatCount(failing)} of ${countOf(known, 'host')}`;
  if (failing === 1) return `, on ${hosts[0] ?? ''}`;
  if (known < failing) return `, on ${countOf(failing, 'host')}`;
  return known === 2 ? ', on both hosts' : `, on all ${countOf(known, 'host')}`;
}
