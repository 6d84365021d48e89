/** Subjects of e-mails: SNS takes ASCII, one line, fewer than 100 characters. */
import type { TransitionDocument } from './alert-document.ts';
import { durationOf, headlineOf } from './alert-words.ts';
import { toAscii } from './glyphs.ts';
import { countOf } from './numbers.ts';
import { printableText } from './printable.ts';
import { noticeOf } from './restart-notice.ts';
import { cutEnd, cutMiddle } from './text-width.ts';

const LONGEST = 99;
const LONGEST_SERVICE = 30;
/** Of a route; of less nobody can tell which it is. */
const LEAST_ROUTE = 18;
const MARK = '...';

/** Any text as a subject, cut at its end. */
export function subjectFrom(text: string): string {
  return cutEnd(ascii(text), LONGEST, MARK);
}

export type SubjectParts = {
  readonly service: string;
  readonly verdict: string;
  /** `: 290 failed requests`: never cut. */
  readonly count: string;
  /** The only one that fails; '' when there are several. */
  readonly route: string;
};

/**
 * `[shop] Gunicorn workers time out: 290 failed requests on GET /reports/:id`. Of what is too long the middle is left
 * out, of the route first.
 */
export function subjectOf({ service, verdict, count, route }: SubjectParts): string {
  const name = `[${cutMiddle(ascii(service), LONGEST_SERVICE, MARK)}] `;
  const end = ascii(count);
  const room = LONGEST - name.length - end.length;
  const what = cutMiddle(ascii(verdict), room, MARK);
  const left = room - what.length - ' on '.length;
  const place = ascii(route);
  const isNew = place !== '' && !what.includes(place);
  const isShown = isNew && left >= Math.min(place.length, LEAST_ROUTE);
  return isShown ? `${name}${what}${end} on ${cutMiddle(place, left, MARK)}` : name + what + end;
}

/** Of a change of an incident. */
export function transitionSubject(document: TransitionDocument): string {
  const { service, transition, incident, diagnosis } = document;
  const verdict = headlineOf(document);
  if (noticeOf(document) !== null) return subjectOf({ service, verdict, count: '', route: '' });
  const isOver = transition === 'resolved';
  const failed = countOf(incident.failures, isOver ? 'failure' : 'failed request');
  const lasted = durationOf(document);
  const count =
    transition === 'test' ? '' : isOver && lasted ? `, ${failed} in ${lasted}` : `: ${failed}`;
  const isAlone = diagnosis.routes.length === 1 && !isOver && transition !== 'test';
  return subjectOf({
    service,
    verdict: verdict.replace('It is over: ', 'Over: ').replace('It is back: ', 'Back: '),
    count,
    route: isAlone ? (diagnosis.routes[0]?.route ?? '') : '',
  });
}

function ascii(text: string): string {
  return toAscii(printableText(text));
}
