/** The e-mail about a change of an incident, or about many at once. */
import type { DiagnosisReport } from '../diagnosis.ts';
import { DIAGNOSIS_SCHEMA } from '../diagnosis.ts';
import type { Transition } from '../incident/incident.ts';
import type { AlertSummary, SummarisedTransition } from '../incident/summary.ts';
import type { Alert } from './alert.ts';
import { noticeEmail } from './notice.ts';
import { countOf, formatDuration } from './numbers.ts';
import { joinLines } from './page.ts';
import { printableText } from './printable.ts';
import { type AlertText, renderAlert, subjectFrom } from './render-alert.ts';
import { rangeInWords } from './time-range.ts';
import { wrapText } from './wrap.ts';

const WIDTH = 76;
const MOST_HOSTS = 8;

/** Subject and plain text; the subject is ASCII, one line and shorter than 100 characters. */
export function renderEmail({ publication }: Alert): AlertText {
  if (publication.kind === 'summary') return summaryEmail(publication);
  if (publication.kind === 'notice') return noticeEmail(publication);
  return transitionEmail(publication);
}

function transitionEmail(transition: Transition): AlertText {
  switch (transition.kind) {
    case 'resolved':
      return resolvedEmail(transition);
    case 'opened':
      return fullEmail(transition, '', '');
    case 'reopened':
      return fullEmail(transition, 'Again: ', 'It is back after it had been over.');
    case 'escalated':
      return fullEmail(
        transition,
        'Still failing: ',
        `It goes on: ${printableText(transition.reason)}.`,
      );
    case 'refined':
      return fullEmail(transition, 'Now known: ', formerly(transition));
    case 'test':
      return fullEmail(transition, 'Test: ', 'This is a test. Nothing has failed.');
  }
}

function formerly({ incident }: Transition): string {
  return incident.formerCause === null
    ? 'More evidence has come.'
    : `We took it for "${incident.formerCause}" before. More evidence has come.`;
}

/** The verdict with its evidence and steps, what is new first. */
function fullEmail(transition: Transition, prefix: string, news: string): AlertText {
  const { incident, diagnosis } = transition;
  const service = printableText(incident.service);
  const { body } = renderAlert(reportOf(transition), { service: incident.service });
  const lines = [
    ...(news === '' ? [] : [...wrapText(news, WIDTH), '']),
    body.trimEnd(),
    '',
    ...wrapText(totalOf(transition), WIDTH),
    `Incident ${printableText(incident.id)}`,
  ];
  const failed = countOf(incident.failures, 'failed request');
  const subject = subjectFrom(`[${service}] ${prefix}${diagnosis.title}: ${failed}`);
  return { subject, body: joinLines(lines) };
}

function resolvedEmail(transition: Transition): AlertText {
  const { incident, diagnosis } = transition;
  const service = printableText(incident.service);
  const lasted = formatDuration(incident.lastFailureAt - incident.openedAt);
  const lines = [
    ...wrapText(`It is over: ${printableText(diagnosis.title)}.`, WIDTH),
    ...wrapText(totalOf(transition), WIDTH),
    ...(transition.reason === '' ? [] : wrapText(`${printableText(transition.reason)}.`, WIDTH)),
    '',
    `Incident ${printableText(incident.id)}`,
  ];
  const failed = countOf(incident.failures, 'failed request');
  const subject = subjectFrom(`[${service}] Over after ${lasted}: ${diagnosis.title}, ${failed}`);
  return { subject, body: joinLines(lines) };
}

/** `1,204 requests failed between 14:02:11 and 14:09:40 UTC on 2026-11-20 (7 min), on web-1 and web-2.` */
function totalOf({ incident }: Transition): string {
  const { failures, hosts, openedAt, lastFailureAt } = incident;
  const when = rangeInWords(isoTime(openedAt), isoTime(lastFailureAt));
  const shown = hosts.slice(0, MOST_HOSTS).map((host) => printableText(host));
  const more = hosts.length > shown.length ? ` and ${hosts.length - shown.length} more` : '';
  const where = shown.length === 0 ? '' : `, on ${shown.join(', ')}${more}`;
  return `In all, ${countOf(failures, 'request')} failed ${when}${where}.`;
}

function summaryEmail({ transitions, waiting }: AlertSummary): AlertText {
  const services = new Set(transitions.map(({ incident }) => incident.service));
  const what = `${countOf(transitions.length, 'alert')} about ${countOf(services.size, 'service')}`;
  const more = waiting > 0 ? [`${countOf(waiting, 'more alert')} will follow.`, ''] : [];
  const lines = [
    ...wrapText(`So much happened at once that it comes in one message: ${what}.`, WIDTH),
    '',
    ...more,
    ...transitions.flatMap(summaryLines),
  ];
  return { subject: subjectFrom(`[badgateway] ${what} at once`), body: joinLines(lines) };
}

function summaryLines({ kind, incident, title }: SummarisedTransition): string[] {
  const failed = countOf(incident.failures, 'failed request');
  const text = `${printableText(incident.service)}: ${printableText(title)}, ${failed} (${kind})`;
  return [...wrapText(text, WIDTH), `  ${printableText(incident.id)}`];
}

function reportOf({ incident, diagnosis }: Transition): DiagnosisReport {
  const requests = incident.requests;
  return {
    schema: DIAGNOSIS_SCHEMA,
    inputs: [],
    window: null,
    requests: requests === null ? null : { total: requests, byStatus: {} },
    failures: diagnosis.failures,
    diagnoses: [diagnosis],
    notes: [],
    unparsed: { lines: 0, samples: [] },
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
