import type { Diagnosis, DiagnosisReport } from '../diagnosis.ts';
import type { CauseContext } from './cause-context.ts';
import { cleanReport } from './clean-report.ts';
import { hasNginxLog, impactSentences } from './impact.ts';
import { countOf } from './numbers.ts';
import { joinLines, newPage, type Page, proseWidth, type RenderOptions } from './page.ts';
import { renderCause } from './render-cause.ts';
import { renderEvidence } from './render-evidence.ts';
import { renderInputs } from './render-inputs.ts';
import { renderSummary } from './render-summary.ts';
import { shortPaths } from './short-paths.ts';
import { textWidth } from './text-width.ts';
import { detailOf } from './time-range.ts';
import { asSentence, wrapText } from './wrap.ts';

const UNPARSED_SHOWN = 2;

/**
 * The report as a person reads it in a terminal: what was read, the verdict in a sentence, a block a cause, and
 * what limits the answer. Whatever the logs held, the result has no control character but line breaks and those of
 * `options.style`.
 */
export function renderDiagnosis(report: DiagnosisReport, options: RenderOptions): string {
  const page = newPage(options);
  const shown = cleanReport(report, { ascii: options.ascii === true });
  const context = contextOf(shown);
  const blocks = [
    renderInputs(page, shown.inputs),
    renderImpact(page, shown),
    renderSummary(page, shown),
    ...shown.diagnoses.map((diagnosis, index) => renderCause(page, diagnosis, index + 1, context)),
    renderLimits(page, shown, context),
    [page.style.dim('As JSON: --format json')],
  ];
  return joinLines(
    blocks
      .filter((block) => block.length > 0)
      .flatMap((block, index) => (index === 0 ? block : ['', ...block])),
  );
}

function contextOf(report: DiagnosisReport): CauseContext {
  const { diagnoses, inputs } = report;
  const evidence = [...diagnoses.flatMap((one) => one.evidence), ...report.unparsed.samples];
  const hosts = [...inputs, ...diagnoses.flatMap((one) => one.hosts)].map(({ host }) => host);
  const ids = diagnoses.flatMap(({ cause, confidence }) => [cause, confidence]);
  return {
    names: shortPaths([...inputs, ...evidence].map(({ path }) => path)),
    detail: detailOf(timesOf(report)),
    failures: report.failures,
    idWidth: Math.max(0, ...ids.map(textWidth)),
    hasManyHosts: new Set(hosts).size > 1,
    hasNginxLog: hasNginxLog(report),
  };
}

/** The span of all that is shown with a time. */
function timesOf({ window, diagnoses }: DiagnosisReport): { from: string; to: string } | null {
  const times = [
    ...(window === null ? [] : [window.from, window.to]),
    ...diagnoses.flatMap(({ firstSeen, lastSeen, evidence }) => [
      firstSeen,
      lastSeen,
      ...evidence.map(({ at }) => at),
    ]),
  ].sort();
  const [from, to] = [times[0], times.at(-1)];
  return from === undefined || to === undefined ? null : { from, to };
}

function renderImpact(page: Page, report: DiagnosisReport): string[] {
  const [verdict = '', ...more] = impactSentences(report, page.glyphs.dash);
  const width = proseWidth(page);
  return [
    ...wrapText(verdict, width).map(page.style.bold),
    ...more.flatMap((sentence) => wrapText(sentence, width)),
  ];
}

/** What is not explained, what was not understood, and what else limits the answer. */
function renderLimits(page: Page, report: DiagnosisReport, context: CauseContext): string[] {
  const { lines, samples } = report.unparsed;
  const unparsed = lines === 0 ? [] : [`${countOf(lines, 'line')} could not be understood.`];
  const notes = report.notes.map(asSentence);
  const sentences = [...explainedInWords(report), ...notes, ...unparsed];
  return [
    ...sentences.flatMap((sentence) => wrapText(sentence, proseWidth(page))),
    ...renderEvidence(page, samples.slice(0, UNPARSED_SHOWN), context).map((line) => `  ${line}`),
  ];
}

function explainedInWords(report: DiagnosisReport): string[] {
  const { diagnoses, failures } = report;
  if (failures === 0 || !hasNginxLog(report)) return [];
  const index = diagnoses.findIndex((one) => one.cause === 'unknown' && one.failures > 0);
  const unknown: Diagnosis | undefined = diagnoses[index];
  if (unknown === undefined) return ['Every failure is explained.'];
  const count = countOf(unknown.failures, 'failure is', 'failures are');
  return [`${count} not explained; entry ${index + 1} says what is missing.`];
}
