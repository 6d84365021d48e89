/** Alerts as a person reads them in the terminal that `watch` runs in. */
import type { Diagnosis } from '../diagnosis.ts';
import type { AlertNotice } from '../incident/notice.ts';
import type { Policy } from '../incident/policy.ts';
import type { AlertSummary, Publication } from '../incident/summary.ts';
import { absentSentences } from './absent.ts';
import { NO_EXTRAS } from './alert.ts';
import { type TransitionDocument, transitionDocument } from './alert-document.ts';
import { formerlyOf, headlineOf, impactOf } from './alert-words.ts';
import { beforeTheEnd } from './before-the-end.ts';
import type { CauseContext } from './cause-context.ts';
import { cleanDocument } from './clean-report.ts';
import { toAscii } from './glyphs.ts';
import { countOf, formatDuration, formatShare } from './numbers.ts';
import {
  bodyWidth,
  joinLines,
  labelled,
  newPage,
  type Page,
  proseWidth,
  type RenderOptions,
} from './page.ts';
import { pickEvidence } from './pick-evidence.ts';
import { printableText } from './printable.ts';
import { renderEvidence } from './render-evidence.ts';
import { renderPlaces, renderSideEffects } from './render-facts.ts';
import { renderSteps } from './render-steps.ts';
import { shortPaths } from './short-paths.ts';
import { detailOf, formatTime } from './time-range.ts';
import { wrapText } from './wrap.ts';

const INDENT = '   ';

/**
 * One alert, a blank line after it: the verdict, how bad, why, what to do. Whatever the logs held, the result has no
 * control character but line breaks and those of `options.style`.
 */
export function renderWatchAlert(publication: Publication, options: RenderOptions): string {
  const page = newPage(options);
  const say = options.ascii === true ? toAscii : (text: string) => text;
  return joinLines([...linesOf(page, publication, say), '']);
}

/** A text as the terminal can show it. */
type Say = (text: string) => string;

function linesOf(page: Page, publication: Publication, say: Say): string[] {
  switch (publication.kind) {
    case 'summary':
      return renderSummaryOf(page, publication, say);
    case 'notice':
      return renderNotice(page, publication, say);
    default:
      return renderTransition(page, cleanDocument(transitionDocument(publication, NO_EXTRAS)), say);
  }
}

function renderTransition(page: Page, document: TransitionDocument, say: Say): string[] {
  const { transition, at, service, incident } = document;
  const isOver = transition === 'resolved';
  const paint = isOver ? page.style.green : page.style.red;
  const head = `${formatTime(at, 'clock')} UTC  ${service}  ${headlineOf(document)}`;
  const before = isOver ? beforeTheEnd(document) : '';
  const news = [formerlyOf(document), ...impactOf(document), before].filter((text) => text !== '');
  return [
    ...wrapText(say(head), proseWidth(page)).map((line) => page.style.bold(paint(line))),
    ...news.flatMap((text) => indented(page, say(text))),
    ...(isOver ? [] : renderDetails(page, document, say)),
    ...labelled(page, 'id', [page.style.dim(say(incident.id))]),
  ];
}

function renderNotice(page: Page, { at, title, lines }: AlertNotice, say: Say): string[] {
  return [
    page.style.bold(say(`${clock(at)}  ${printableText(title)}`)),
    ...lines.flatMap((line) => indented(page, say(printableText(line)))),
  ];
}

function indented(page: Page, text: string): string[] {
  return wrapText(text, proseWidth(page) - INDENT.length).map((line) => INDENT + line);
}

/** The steps are there again of what goes on: for whoever comes to it now. */
function renderDetails(page: Page, document: TransitionDocument, say: Say): string[] {
  const diagnosis = said(document.diagnosis, say);
  const context = contextOf(diagnosis);
  const picked = pickEvidence(diagnosis.evidence);
  const absent = absentSentences(diagnosis.absent).flatMap((text) =>
    wrapText(text, bodyWidth(page)),
  );
  return [
    ...labelled(page, 'cause', [`${diagnosis.cause}, ${diagnosis.confidence}`]),
    ...renderPlaces(page, diagnosis, context),
    ...labelled(page, 'why', [...renderEvidence(page, picked, context), ...absent]),
    ...renderSideEffects(page, diagnosis),
    ...renderSteps(page, diagnosis),
  ];
}

/** Every text of it as the terminal can show it. */
function said(diagnosis: Diagnosis, say: Say): Diagnosis {
  return JSON.parse(JSON.stringify(diagnosis), (_, value) =>
    typeof value === 'string' ? say(value) : value,
  );
}

function contextOf({ evidence, firstSeen, lastSeen, failures, hosts }: Diagnosis): CauseContext {
  const times = [firstSeen, lastSeen, ...evidence.map(({ at }) => at)].sort();
  return {
    names: shortPaths(evidence.map(({ path }) => path)),
    detail: detailOf({ from: times[0] ?? firstSeen, to: times.at(-1) ?? lastSeen }),
    failures,
    idWidth: 0,
    hasManyHosts: hosts.length > 1,
    hasNginxLog: true,
  };
}

function renderSummaryOf(
  page: Page,
  { at, transitions, waiting }: AlertSummary,
  say: Say,
): string[] {
  const what = `${countOf(transitions.length, 'alert')} at once, in one message`;
  const more = waiting > 0 ? [`${INDENT}${countOf(waiting, 'more alert')} will follow.`] : [];
  return [
    page.style.bold(page.style.red(`${clock(at)}  ${what}`)),
    ...transitions.flatMap(({ incident, title, kind }) => {
      const failed = countOf(incident.failures, 'failed request');
      const text = `${incident.service}: ${title}, ${failed} (${kind})`;
      return indented(page, say(printableText(text)));
    }),
    ...more,
  ];
}

/** When people are told, in a sentence. */
export function policyInWords(policy: Policy): string {
  const { minFailures, windowMs, minRate, minRequests, resolveAfterMs, renotifyMs } = policy;
  const share =
    minRate > 0 && minRate <= 1
      ? `, or ${formatShare(minRate, 1)} of at least ${countOf(minRequests, 'request')}`
      : '';
  const text =
    `alerts when one cause fails ${countOf(minFailures, 'request')} in ${formatDuration(windowMs)}${share}; ` +
    `over after ${formatDuration(resolveAfterMs)} without; told again every ${formatDuration(renotifyMs)}`;
  return text.replaceAll('\u00a0', ' ');
}

/** `14:02:46 UTC`. */
function clock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
