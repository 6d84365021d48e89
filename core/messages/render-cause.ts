import type { Diagnosis } from '../diagnosis.ts';
import type { Confidence } from '../model.ts';
import { absentSentences } from './absent.ts';
import { renderBar } from './bars.ts';
import type { CauseContext } from './cause-context.ts';
import { countOf, formatCount, formatWholeShare } from './numbers.ts';
import { bodyWidth, hanging, labelled, type Page, proseWidth } from './page.ts';
import { pickEvidence } from './pick-evidence.ts';
import { renderEvidence } from './render-evidence.ts';
import { renderPlaces, renderSideEffects } from './render-facts.ts';
import { renderSteps } from './render-steps.ts';
import { padText, textWidth } from './text-width.ts';
import { wrapText } from './wrap.ts';

const MARGIN = 3;
const GAP = 2;
const WIDEST_BAR = 32;

/** One cause: verdict, how much of the failures it is, where, when, why, what to do, how to check, what to read. */
export function renderCause(
  page: Page,
  diagnosis: Diagnosis,
  number: number,
  context: CauseContext,
): string[] {
  return [
    ...renderTitle(page, diagnosis, number, context),
    renderShare(page, diagnosis, context),
    ...renderPlaces(page, diagnosis, context),
    ...labelled(page, 'why', renderWhy(page, diagnosis, context)),
    ...renderSideEffects(page, diagnosis),
    ...renderSteps(page, diagnosis),
  ];
}

/** `1  The verdict in words          the-id`, ids and confidences in one column. */
function renderTitle(page: Page, diagnosis: Diagnosis, number: number, context: CauseContext) {
  const room = titleWidth(page, context);
  const lines = wrapText(diagnosis.title, room).map((line, index) => {
    if (index > 0) return page.style.bold(line);
    return page.style.bold(padText(line, room + GAP)) + page.style.dim(diagnosis.cause);
  });
  return hanging(padText(String(number), MARGIN), lines);
}

/** `████▌   290 of 312 · 93 %   confirmed`. */
function renderShare(page: Page, diagnosis: Diagnosis, context: CauseContext): string {
  const room = titleWidth(page, context);
  const { text, width } =
    diagnosis.failures > 0
      ? barAndCounts(page, diagnosis.failures, context.failures, room)
      : noFailures(context);
  const gap = ' '.repeat(Math.max(0, room - width) + GAP);
  return ' '.repeat(MARGIN) + text + gap + paintConfidence(page, diagnosis.confidence);
}

function noFailures({ hasNginxLog }: CauseContext): { text: string; width: number } {
  const text = hasNginxLog ? 'no request failed' : 'failed requests: not known';
  return { text, width: text.length };
}

function barAndCounts(page: Page, failures: number, total: number, room: number) {
  const whole = formatCount(total);
  const share = formatWholeShare(failures, total).padStart(5);
  const counts = `${formatCount(failures).padStart(whole.length)} of ${whole} ${page.glyphs.dot} ${share}`;
  const barWidth = Math.min(WIDEST_BAR, room - textWidth(counts) - GAP);
  const bar = padText(renderBar(failures, total, barWidth, page.glyphs), barWidth);
  const text = `${page.style.red(bar)}${' '.repeat(GAP)}${counts}`;
  return { text, width: barWidth + GAP + textWidth(counts) };
}

function titleWidth(page: Page, context: CauseContext): number {
  return proseWidth(page) - MARGIN - context.idWidth - GAP;
}

function paintConfidence({ style }: Page, confidence: Confidence): string {
  const paint = { confirmed: style.green, likely: style.yellow, unexplained: style.red }[
    confidence
  ];
  return paint(confidence);
}

/** Log lines, and then what was looked for in vain. */
function renderWhy(page: Page, diagnosis: Diagnosis, context: CauseContext): string[] {
  const picked = pickEvidence(diagnosis.evidence);
  const more = diagnosis.evidence.length - picked.length;
  return [
    ...renderEvidence(page, picked, context),
    ...(more > 0 ? [page.style.dim(`and ${countOf(more, 'line')} like these`)] : []),
    ...absentSentences(diagnosis.absent).flatMap((text) => wrapText(text, bodyWidth(page))),
  ];
}
