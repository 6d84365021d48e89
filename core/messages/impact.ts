import type { DiagnosisReport } from '../diagnosis.ts';
import { countOf, formatCount, formatShare } from './numbers.ts';
import { rangeInWords, windowInWords } from './time-range.ts';

/**
 * The verdict on the whole, most important sentence first: how many failed, of how many, when; and what was counted
 * when there was no access log to count requests in.
 */
export function impactSentences(report: DiagnosisReport, dash: string): string[] {
  const hidden = report.diagnoses.filter((one) => one.failures === 0);
  if (report.failures > 0) return [failedSentence(report), ...countedSentence(report)];
  if (!hasNginxLog(report)) {
    return [
      'No NGINX log was given, so failed requests cannot be counted.',
      ...(hidden.length > 0 ? ['The logs hold this:'] : []),
    ];
  }
  return [
    healthySentence(report, dash),
    ...(hidden.length > 0 ? ['Clients saw no error page, but the logs hold this:'] : []),
    ...countedSentence(report),
  ];
}

/** From the first to the last failure that a client saw; `null` when there was none. */
function failureRange(report: DiagnosisReport): { from: string; to: string } | null {
  const seen = report.diagnoses.filter((one) => one.failures > 0);
  const from = seen.map((one) => one.firstSeen).sort()[0];
  const to = seen
    .map((one) => one.lastSeen)
    .sort()
    .at(-1);
  return from === undefined || to === undefined ? null : { from, to };
}

function failedSentence(report: DiagnosisReport): string {
  const { failures, requests } = report;
  const range = failureRange(report);
  const when = range === null ? '' : ` ${rangeInWords(range.from, range.to)}`;
  if (requests === null) return `${countOf(failures, 'request')} failed${when}`;
  const share = formatShare(failures, requests.total);
  return `${formatCount(failures)} of ${countOf(requests.total, 'request')} failed (${share})${when}`;
}

function healthySentence({ requests, window }: DiagnosisReport, dash: string): string {
  const when = window === null ? '' : ` (${windowInWords(window, dash)})`;
  if (requests === null) return `No failures in these logs${when}.`;
  if (requests.total === 0) return 'There are no requests in these logs.';
  return `No failed requests in ${formatCount(requests.total)}${when}.`;
}

function countedSentence({ requests, failures, inputs }: DiagnosisReport): string[] {
  const hasErrorLog = inputs.some(({ role }) => role === 'error');
  if (requests !== null) return [];
  if (failures === 0) return [];
  return hasErrorLog
    ? ['Counted in the error log: without an access log nobody knows how many requests there were.']
    : ["Counted in Gunicorn's log: failures that it does not show are missing. Give NGINX's logs."];
}

/** Without one nobody knows what clients saw. */
export function hasNginxLog({ inputs }: DiagnosisReport): boolean {
  return inputs.some(({ role }) => role === 'access' || role === 'error');
}
