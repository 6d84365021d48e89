import type { DiagnosisReport } from '../diagnosis.ts';
import { formatCount, formatWholeShare } from './numbers.ts';
import { type Page, proseWidth } from './page.ts';
import { cutEnd, padText, textWidth } from './text-width.ts';

/** A line a cause when there are several, so that all verdicts are on one screen; each is told in full below. */
export function renderSummary(page: Page, { diagnoses, failures }: DiagnosisReport): string[] {
  if (diagnoses.length < 2) return [];
  const rows = diagnoses.map((one, index) => [
    String(index + 1),
    one.failures > 0 ? formatCount(one.failures) : '',
    one.failures > 0 ? formatWholeShare(one.failures, failures) : '',
    one.cause,
    one.title,
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  return rows.map((row) => {
    const [number = '', count = '', share = '', cause = '', title = ''] = row;
    const left = [
      number.padStart(widths[0] ?? 0),
      count.padStart(widths[1] ?? 0),
      share.padStart(widths[2] ?? 0),
      padText(cause, widths[3] ?? 0),
    ].join('  ');
    const room = Math.max(0, proseWidth(page) - textWidth(left) - 2);
    return room < 20 ? left : `${left}  ${cutEnd(title, room, page.glyphs.ellipsis)}`;
  });
}
