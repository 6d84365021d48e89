import type { Diagnosis, DiagnosisReport, EvidenceLine } from '../diagnosis.ts';
import { absentSentences } from './absent.ts';
import { cleanReport } from './clean-report.ts';
import { toAscii } from './glyphs.ts';
import { impactSentences } from './impact.ts';
import { countOf, formatCount, formatShare } from './numbers.ts';
import { hanging, joinLines } from './page.ts';
import { pickEvidence } from './pick-evidence.ts';
import { printableText } from './printable.ts';
import { hiddenInWords } from './render-facts.ts';
import { tellingLine } from './telling-line.ts';
import { cutEnd, cutMiddle, padText, textWidth } from './text-width.ts';
import { detailOf, formatTime, rangeInWords, type TimeDetail } from './time-range.ts';
import { topRoutes } from './top-routes.ts';
import { confidenceInWords } from './words.ts';
import { asSentence, wrapPieces, wrapText } from './wrap.ts';

/** SNS takes subjects of fewer than 100 ASCII characters without a line break. */
const SUBJECT_LENGTH = 99;
/** Mail is read in narrow windows and quoted in narrower ones. */
const WIDTH = 76;
const EVIDENCE_WIDTH = 130;
const MOST_ROUTES = 5;

export type AlertText = { readonly subject: string; readonly body: string };

/**
 * The alert about the cause with the most failures as e-mail text: the subject is ASCII, one line and shorter than
 * 100 characters; the body has no control character but line breaks.
 */
export function renderAlert(report: DiagnosisReport, options: { service: string }): AlertText {
  const shown = cleanReport(report, { ascii: false });
  const service = printableText(options.service);
  const top = shown.diagnoses.find(({ failures }) => failures > 0);
  if (top === undefined) return healthyAlert(shown, service);
  const detail = detailOf({ from: top.firstSeen, to: top.lastSeen });
  return {
    subject: subjectOf(service, top),
    body: joinLines([
      ...wrapText(`${top.title}.`, WIDTH),
      ...wrapText(impactOf(shown, top), WIDTH),
      ...hiddenInWords(top).flatMap((text) => wrapText(asSentence(text), WIDTH)),
      ...section('WHERE', whereLines(top)),
      ...section(whyHeading(top), whyLines(top, detail)),
      ...section('WHAT TO DO', stepLines(top)),
      ...section('CHECK THAT IT WORKED', [...new Set(top.fixes.flatMap((fix) => fix.verify))]),
      ...section('READ', top.docs),
      ...section('ALSO', otherCauses(shown, top)),
    ]),
  };
}

function healthyAlert(report: DiagnosisReport, service: string): AlertText {
  return {
    subject: cutSubject(`[${service}] No failed requests`),
    body: joinLines(impactSentences(report, '–').flatMap((text) => wrapText(text, WIDTH))),
  };
}

/** `[shop] Gunicorn workers time out: 290 failed requests on GET /reports/:id`, as much of it as fits. */
function subjectOf(service: string, { title, failures, routes }: Diagnosis): string {
  const short = `[${service}] ${title}: ${countOf(failures, 'failed request')}`;
  const route = routes.length === 1 ? ` on ${routes[0]?.route ?? ''}` : '';
  const full = toAscii(short + route);
  return full.length <= SUBJECT_LENGTH ? full : cutSubject(short);
}

/** A subject that SNS and every mail program takes: ASCII, one line, cut to fit. */
export function subjectFrom(text: string): string {
  return cutSubject(printableText(text));
}

function cutSubject(text: string): string {
  return cutEnd(toAscii(text), SUBJECT_LENGTH, '...');
}

/** `290 of 4,870 requests failed (6.0 %) between … and … UTC on 2026-11-20, on 2 of 4 hosts.` */
function impactOf({ requests, inputs }: DiagnosisReport, top: Diagnosis): string {
  const all = new Set([...inputs, ...top.hosts].map(({ host }) => host)).size;
  const hosts = all > 1 ? `, on ${top.hosts.length} of ${countOf(all, 'host')}` : '';
  const when = rangeInWords(top.firstSeen, top.lastSeen);
  if (requests === null) return `${countOf(top.failures, 'request')} failed ${when}${hosts}.`;
  const share = formatShare(top.failures, requests.total);
  const total = countOf(requests.total, 'request');
  return `${formatCount(top.failures)} of ${total} failed (${share}) ${when}${hosts}.`;
}

function whereLines(top: Diagnosis): string[] {
  const listed = topRoutes(top, MOST_ROUTES);
  const names = listed.map(({ route }) => cutMiddle(route, WIDTH - 14, '…'));
  const width = Math.max(0, ...names.map(textWidth));
  const hostPieces = top.hosts.map(({ host, failures }) => `${host}\u00a0${formatCount(failures)}`);
  return [
    ...listed.map(
      ({ failures }, row) => `${padText(names[row] ?? '', width)}   ${formatCount(failures)}`,
    ),
    ...wrapPieces(hostPieces, ', ', WIDTH),
  ];
}

function whyHeading({ confidence, evidence }: Diagnosis): string {
  const roles = evidence.map(({ role }) => role);
  return `WHY WE THINK SO  (${confidence}: ${confidenceInWords(confidence, roles)})`;
}

function whyLines(top: Diagnosis, detail: TimeDetail): string[] {
  const evidence = pickEvidence(top.evidence);
  const hostWidth = Math.max(0, ...evidence.map(({ host }) => textWidth(host)));
  const lines = evidence.map((line) => evidenceLine(line, hostWidth, detail));
  const sentences = absentSentences(top.absent).map(asSentence);
  return [...lines, ...sentences.flatMap((text) => wrapText(text, WIDTH))];
}

function evidenceLine(line: EvidenceLine, hostWidth: number, detail: TimeDetail): string {
  const columns = [formatTime(line.at, detail), padText(line.host, hostWidth), line.role.padEnd(8)];
  const left = columns.filter((column) => column !== '').join(' ');
  const text = tellingLine(line.role, line.line);
  return `${left} ${cutMiddle(text, EVIDENCE_WIDTH - textWidth(left), '…')}`;
}

function stepLines({ fixes }: Diagnosis): string[] {
  return fixes.flatMap(({ title, why, commands }, index) =>
    hanging(`${index + 1}. `, [
      ...wrapText(why === '' ? title : `${title}. ${why}`, WIDTH),
      ...commands.map((command) => `   ${command}`),
    ]),
  );
}

function otherCauses({ diagnoses }: DiagnosisReport, top: Diagnosis): string[] {
  return diagnoses
    .filter((one) => one !== top && one.failures > 0)
    .flatMap(({ title, failures }) => wrapText(`${formatCount(failures)}: ${title}`, WIDTH));
}

/** A heading and its lines below it, indented, with a blank line before; nothing without lines. */
function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`)];
}
