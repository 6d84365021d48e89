import type { InputSummary } from '../diagnosis.ts';
import { countOf, formatCount } from './numbers.ts';
import { type Page, proseWidth } from './page.ts';
import { cutStart, padText, textWidth } from './text-width.ts';
import { wrapPieces } from './wrap.ts';

/** More files than this are counted, not listed. */
const MOST_ROWS = 16;
const GAP = '   ';

/** The table of what was read: file, role, host when there are several, lines, and what was recognised. */
export function renderInputs(page: Page, inputs: readonly InputSummary[]): string[] {
  const directory = longDirectory(page, inputs);
  if (directory === '') return renderTable(page, inputs);
  const short = inputs.map((input) => ({ ...input, path: input.path.slice(directory.length) }));
  return [page.style.dim(directory), ...renderTable(page, short)];
}

/** The directory that all files share, when their names are too long to repeat it on every line; else empty. */
function longDirectory(page: Page, inputs: readonly InputSummary[]): string {
  const paths = inputs.map(({ path }) => path);
  if (paths.length < 2 || paths.every((path) => textWidth(path) <= longestPath(page))) return '';
  const first = paths[0] ?? '';
  const parts = first.split('/').slice(0, -1);
  const isShared = (depth: number) => {
    const directory = `${parts.slice(0, depth).join('/')}/`;
    return paths.every((path) => path.startsWith(directory));
  };
  let depth = parts.length;
  while (depth > 0 && !isShared(depth)) depth--;
  const directory = parts.slice(0, depth).join('/');
  return directory === '' ? '' : `${directory}/`;
}

function longestPath(page: Page): number {
  return Math.floor(page.width * 0.4);
}

function renderTable(page: Page, inputs: readonly InputSummary[]): string[] {
  const listed = inputs.slice(0, inputs.length > MOST_ROWS ? MOST_ROWS - 1 : MOST_ROWS);
  const rest = inputs.slice(listed.length);
  const columns = leftColumns(page, listed);
  const left = listed.map((_, row) =>
    columns.map((cells) => padText(cells[row] ?? '', columnWidth(cells))).join(GAP),
  );
  const lines = listed.flatMap((input, row) => withNotes(page, left[row] ?? '', input));
  if (rest.length === 0) return lines;
  const restLines = rest.reduce((sum, input) => sum + input.lines, 0);
  return [...lines, page.style.dim(`and ${rest.length} more with ${countOf(restLines, 'line')}`)];
}

function leftColumns(page: Page, inputs: readonly InputSummary[]): string[][] {
  const longest = longestPath(page);
  const paths = inputs.map(({ path }) => cutStart(path, longest, page.glyphs.ellipsis));
  const counts = inputs.map(({ lines }) => formatCount(lines));
  const widest = columnWidth(counts);
  return [
    paths,
    inputs.map(({ role }) => role),
    ...(needsHosts(inputs) ? [inputs.map(({ host }) => host)] : []),
    counts.map((count, row) => `${count.padStart(widest)} ${unit(inputs[row])}`),
  ];
}

function unit(input: InputSummary | undefined): string {
  return input?.lines === 1 ? 'line' : 'lines';
}

/** A path such as `web-1/access.log` names its host already. */
function needsHosts(inputs: readonly InputSummary[]): boolean {
  return (
    new Set(inputs.map(({ host }) => host)).size > 1 &&
    !inputs.every(({ path, host }) => path.split('/').includes(host))
  );
}

function withNotes(page: Page, left: string, input: InputSummary): string[] {
  const unparsed = input.unparsed > 0 ? [`${countOf(input.unparsed, 'line')} not understood`] : [];
  const notes = [...input.notes, ...unparsed];
  const width = textWidth(left) + GAP.length;
  const beside = proseWidth(page) - width >= 30;
  const indent = beside ? width : GAP.length;
  const lines = notes.length === 0 ? [] : wrapPieces(notes, '; ', proseWidth(page) - indent);
  const dimmed = lines.map((line) => page.style.dim(line));
  if (!beside || lines.length === 0) return [left, ...dimmed.map((line) => GAP + line)];
  return dimmed.map((line, index) => (index === 0 ? left + GAP : ' '.repeat(width)) + line);
}

function columnWidth(cells: readonly string[]): number {
  return Math.max(0, ...cells.map(textWidth));
}
