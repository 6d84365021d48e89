import type { EvidenceLine } from '../diagnosis.ts';
import type { EvidenceContext } from './cause-context.ts';
import { BODY_INDENT, type Page } from './page.ts';
import { fitLine, tellingLine } from './telling-line.ts';
import { cutStart, padText, textWidth } from './text-width.ts';
import { formatTime } from './time-range.ts';
import { wrapText } from './wrap.ts';

/** Lines of the terminal that one log line may take. */
const MOST_LINES = 3;
const GAP = '  ';
/** Below this a log line stands under its place and time, not beside them. */
const NARROWEST_TEXT = 40;

/** `file:line  time  text` a log line, in columns; a long text keeps its start and its end. */
export function renderEvidence(
  page: Page,
  evidence: readonly EvidenceLine[],
  context: EvidenceContext,
): string[] {
  const width = page.width - BODY_INDENT;
  const longest = Math.floor(width * 0.4);
  const places = evidence.map((line) =>
    cutStart(place(line, context), longest, page.glyphs.ellipsis),
  );
  const times = evidence.map(({ at }) => formatTime(at, context.detail));
  const placeWidth = Math.max(0, ...places.map(textWidth));
  const timeWidth = Math.max(0, ...times.map(textWidth));
  const indent = placeWidth + timeWidth + 2 * GAP.length;
  const isBeside = width - indent >= NARROWEST_TEXT;
  const textWidthLeft = isBeside ? width - indent : width - GAP.length;
  return evidence.flatMap((line, row) => {
    const left =
      padText(places[row] ?? '', placeWidth) + GAP + padText(times[row] ?? '', timeWidth);
    const text = tellingLine(line.role, line.line);
    const lines = fit(text, textWidthLeft, page.glyphs.ellipsis);
    const where = page.style.dim(left);
    if (!isBeside) return [where, ...lines.map((shown) => GAP + shown)];
    return lines.map((shown, index) => (index === 0 ? where + GAP : ' '.repeat(indent)) + shown);
  });
}

function place({ path, lineNumber }: EvidenceLine, { names }: EvidenceContext): string {
  const name = names.get(path) ?? path;
  return lineNumber === null ? name : `${name}:${lineNumber}`;
}

/** At most `MOST_LINES` lines of `width`, by leaving out the middle. */
function fit(text: string, width: number, ellipsis: string): string[] {
  for (let room = MOST_LINES * width; room > width; room -= 4) {
    const lines = wrapText(fitLine(text, room, ellipsis), width);
    if (lines.length <= MOST_LINES) return lines;
  }
  return [fitLine(text, width, ellipsis)];
}
