/** Alerts as a person reads them in the terminal that `watch` runs in. */
import { DIAGNOSIS_SCHEMA, type Diagnosis, type DiagnosisReport } from '../diagnosis.ts';
import type { Transition, TransitionKind } from '../incident/incident.ts';
import type { AlertNotice } from '../incident/notice.ts';
import type { Policy } from '../incident/policy.ts';
import type { AlertSummary, Publication } from '../incident/summary.ts';
import { absentSentences } from './absent.ts';
import type { CauseContext } from './cause-context.ts';
import { cleanReport } from './clean-report.ts';
import { toAscii } from './glyphs.ts';
import { countOf, formatCount, formatDuration, formatShare } from './numbers.ts';
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
import { detailOf, rangeInWords } from './time-range.ts';
import { wrapText } from './wrap.ts';

const PREFIXES: Readonly<Record<TransitionKind, string>> = {
  opened: '',
  reopened: 'Again: ',
  escalated: 'Still failing: ',
  refined: 'Now known: ',
  resolved: 'Over: ',
  test: 'Test: ',
};
const MOST_HOSTS = 8;
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

function linesOf(page: Page, publication: Publication, say: Say): string[] {
  switch (publication.kind) {
    case 'summary':
      return renderSummaryOf(page, publication, say);
    case 'notice':
      return renderNotice(page, publication, say);
    default:
      return renderTransition(page, publication, say);
  }
}

function renderNotice(page: Page, { at, title, lines }: AlertNotice, say: Say): string[] {
  return [
    page.style.bold(say(`${clock(at)}  ${printableText(title)}`)),
    ...lines.flatMap((line) => indented(page, say(printableText(line)))),
  ];
}

/** A text as the terminal can show it. */
type Say = (text: string) => string;

function renderTransition(page: Page, transition: Transition, say: Say): string[] {
  const { kind, incident } = transition;
  const diagnosis = cleanDiagnosis(transition.diagnosis, say === toAscii);
  const isOver = kind === 'resolved';
  const paint = isOver ? page.style.green : page.style.red;
  const head = `${clock(transition.at)}  ${printableText(incident.service)}`;
  const title = `${PREFIXES[kind]}${diagnosis.title}`;
  return [
    ...wrapText(say(`${head}  ${title}`), proseWidth(page)).map((line) =>
      page.style.bold(paint(line)),
    ),
    ...newsOf(transition).flatMap((text) => indented(page, say(text))),
    ...(isOver ? [] : renderDetails(page, diagnosis, kind)),
    ...labelled(page, 'id', [page.style.dim(say(printableText(incident.id)))]),
  ];
}

function indented(page: Page, text: string): string[] {
  return wrapText(text, proseWidth(page) - INDENT.length).map((line) => INDENT + line);
}

/** What is new, most important first. */
function newsOf(transition: Transition): string[] {
  const { kind, reason, incident } = transition;
  const former = incident.formerCause;
  const why = reason === '' ? [] : [`${upperFirst(printableText(reason))}.`];
  return [
    impactOf(transition),
    ...(kind === 'refined' && former !== null ? [`It was taken for ${former} before.`] : []),
    ...why,
  ];
}

/** `290 of 4,870 requests failed (6.0 %) between 14:02:11 and 14:09:40 UTC on 2026-11-20 (7 min), on web-1 and 2 more.` */
function impactOf({ incident }: Transition): string {
  const { failures, requests, openedAt, lastFailureAt, hosts } = incident;
  const counted =
    requests === null
      ? `${countOf(failures, 'request')} failed`
      : `${formatCount(failures)} of ${countOf(requests, 'request')} failed (${formatShare(failures, requests)})`;
  const when = rangeInWords(isoTime(openedAt), isoTime(lastFailureAt));
  const lasted = lastFailureAt - openedAt;
  const long = lasted < 1_000 ? '' : ` (${formatDuration(lasted)})`;
  const shown = hosts.slice(0, MOST_HOSTS).map((host) => printableText(host));
  const more = hosts.length > shown.length ? ` and ${hosts.length - shown.length} more` : '';
  const where = shown.length === 0 ? '' : `, on ${shown.join(', ')}${more}`;
  return `${counted} ${when}${long}${where}.`;
}

/** Steps only where they are new: who has seen them is to find what changed. */
function renderDetails(page: Page, diagnosis: Diagnosis, kind: TransitionKind): string[] {
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
    ...(kind === 'escalated' ? [] : renderSteps(page, diagnosis)),
  ];
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

function cleanDiagnosis(diagnosis: Diagnosis, ascii: boolean): Diagnosis {
  const report: DiagnosisReport = {
    schema: DIAGNOSIS_SCHEMA,
    inputs: [],
    window: null,
    requests: null,
    failures: diagnosis.failures,
    diagnoses: [diagnosis],
    notes: [],
    unparsed: { lines: 0, samples: [] },
  };
  return cleanReport(report, { ascii }).diagnoses[0] ?? diagnosis;
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
      const text = `${printableText(incident.service)}: ${PREFIXES[kind]}${printableText(title)}, ${failed}`;
      return indented(page, say(text));
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
  return `${isoTime(at).slice(11, 19)} UTC`;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
