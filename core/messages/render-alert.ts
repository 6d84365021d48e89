import type { Diagnosis, DiagnosisReport } from '../diagnosis.ts';
import type { AlertText } from './alert.ts';
import {
  checkLines,
  paragraph,
  section,
  stepLines,
  WIDTH,
  whereLines,
  whyHeading,
  whyLines,
} from './alert-sections.ts';
import { cleanReport } from './clean-report.ts';
import { impactSentences } from './impact.ts';
import { countOf, formatCount, formatShare } from './numbers.ts';
import { joinLines } from './page.ts';
import { printableText } from './printable.ts';
import { hiddenInWords } from './render-facts.ts';
import { subjectFrom, subjectOf } from './subject.ts';
import { detailOf, rangeInWords } from './time-range.ts';
import { asSentence, withStop, wrapText } from './wrap.ts';

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
    subject: reportSubject(service, top),
    body: joinLines([
      ...paragraph(withStop(top.title)),
      ...paragraph(impactOf(shown, top)),
      ...hiddenInWords(top).flatMap((text) => wrapText(asSentence(text), WIDTH)),
      ...section('WHERE', whereLines(top)),
      ...section(whyHeading(top), whyLines(top, detail)),
      ...section('WHAT TO DO', stepLines(top.fixes)),
      ...section('CHECK THAT IT WORKED', checkLines(top.fixes)),
      ...section('READ', top.docs),
      ...section('ALSO', otherCauses(shown, top)),
    ]),
  };
}

function healthyAlert(report: DiagnosisReport, service: string): AlertText {
  return {
    subject: subjectFrom(`[${service}] No failed requests`),
    body: joinLines(impactSentences(report, '–').flatMap((text) => wrapText(text, WIDTH))),
  };
}

function reportSubject(service: string, { title, failures, routes }: Diagnosis): string {
  return subjectOf({
    service,
    verdict: title,
    count: `: ${countOf(failures, 'failed request')}`,
    route: routes.length === 1 ? (routes[0]?.route ?? '') : '',
  });
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

function otherCauses({ diagnoses }: DiagnosisReport, top: Diagnosis): string[] {
  return diagnoses
    .filter((one) => one !== top && one.failures > 0)
    .flatMap(({ title, failures }) => wrapText(`${formatCount(failures)}: ${title}`, WIDTH));
}
