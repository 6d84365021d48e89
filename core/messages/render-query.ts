/** The answer to a query as a table that a person reads, and as one that a spreadsheet does. */
import type { Dimension, QueryResult, QueryRow } from '../query/query.ts';
import { offsetOfZone } from '../zone.ts';
import { renderBar } from './bars.ts';
import { toAscii } from './glyphs.ts';
import { countOf, formatCount, formatWholeShare } from './numbers.ts';
import { joinLines, newPage, type Page, type RenderOptions } from './page.ts';
import { printableText } from './printable.ts';
import { cutMiddle, padText, textWidth } from './text-width.ts';
import { wrapText } from './wrap.ts';

const GAP = '  ';
const MOST_BAR = 20;
const LEAST_BAR = 5;
const SHARE_WIDTH = 5;
const LEAST_NAME = 12;
/** What no log tells, and what is not told apart. */
const UNKNOWN = '-';
const OTHER = 'other';

/** No control character but line breaks and those of `options.style`, whatever the logs held. */
export function renderQuery(result: QueryResult, options: RenderOptions): string {
  const page = newPage(options);
  const shown = options.ascii === true ? toAscii : (text: string) => text;
  const notes = result.notes.flatMap((note) => wrapText(note, options.width));
  const lines = [
    page.style.bold(shown(headOf(result, page))),
    ...(result.rows.length === 0 ? [] : ['', ...tableLines(result, page).map(shown)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ];
  return joinLines(lines);
}

/** `312 failed requests of shop, 2026-11-20 14:00 – 15:00 UTC`. */
function headOf({ failures, services, from, to, timeZone }: QueryResult, { glyphs }: Page): string {
  const what = failures === 0 ? 'No failed requests' : countOf(failures, 'failed request');
  const whose = services.length === 1 ? ` of ${printableText(services[0] ?? '')}` : '';
  const [first, last] = [localTime(from, timeZone), localTime(to, timeZone)];
  const end = first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last;
  return `${what}${whose}, ${first} ${glyphs.dash} ${end} ${printableText(timeZone)}`;
}

function tableLines(result: QueryResult, page: Page): string[] {
  const { by, rows, failures } = result;
  const most = Math.max(...rows.map((row) => row.failures));
  const names = rows.map((row) => by.map((dimension) => nameOf(row, dimension, result)));
  const countWidth = Math.max('failed'.length, formatCount(most).length);
  const room = page.width - countWidth - SHARE_WIDTH - GAP.length * (by.length + 1);
  const widths = widthsOf([by, ...names], room);
  const left = room - widths.reduce((sum, width) => sum + width, 0) - GAP.length;
  const barWidth = left >= LEAST_BAR ? Math.min(left, MOST_BAR) : 0;
  const head = [
    ...by.map((dimension, index) => padText(dimension, widths[index] ?? 0)),
    'failed'.padStart(countWidth),
  ];
  const body = rows.map((row, index) => {
    const cells = (names[index] ?? []).map((name, column) => {
      const width = widths[column] ?? 0;
      return padText(cutMiddle(name, width, page.glyphs.ellipsis), width);
    });
    const count = formatCount(row.failures).padStart(countWidth);
    const share = formatWholeShare(row.failures, failures).padStart(SHARE_WIDTH);
    const bar = renderBar(row.failures, most, barWidth, page.glyphs);
    return [...cells, count, share, bar].join(GAP).trimEnd();
  });
  return [page.style.dim(head.join(GAP)), ...body];
}

/** As wide as they need, until all together would not fit: then the widest give way, but for times. */
function widthsOf(table: readonly (readonly string[])[], room: number): number[] {
  const columns = table[0]?.length ?? 0;
  const isTime = (column: number) => table[0]?.[column] === 'time';
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...table.map((row) => textWidth(row[column] ?? ''))),
  );
  const sum = () => widths.reduce((all, width) => all + width, 0);
  for (;;) {
    const widest = Math.max(...widths.filter((_, column) => !isTime(column)));
    if (sum() <= room || widest <= LEAST_NAME) return widths;
    widths[widths.findIndex((width, column) => width === widest && !isTime(column))] = widest - 1;
  }
}

function nameOf(row: QueryRow, dimension: Dimension, result: QueryResult): string {
  if (dimension === 'time') return timeOf(row.time ?? '', result);
  if (row.isOther) return OTHER;
  return printableText(row[dimension] ?? UNKNOWN);
}

function timeOf(time: string, { every, timeZone }: QueryResult): string {
  const local = localTime(time, timeZone);
  if (every === '1mo') return local.slice(0, 7);
  return every === '1d' ? local.slice(0, 10) : local;
}

/** `2026-11-20 14:00`. */
function localTime(iso: string, timeZone: string): string {
  const at = Date.parse(iso);
  const local = new Date(at + offsetOfZone(timeZone, at)).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)}`;
}

/** As RFC 4180 has it. Nothing in a field is taken for a formula by a spreadsheet. */
export function queryCsv({ by, rows }: QueryResult): string {
  const lines = [
    [...by, 'failures'].join(','),
    ...rows.map((row) =>
      [
        ...by.map((dimension) => csvField(printableText(csvName(row, dimension)))),
        row.failures,
      ].join(','),
    ),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function csvName(row: QueryRow, dimension: Dimension): string {
  if (dimension === 'time') return row.time ?? '';
  return row.isOther ? OTHER : (row[dimension] ?? '');
}

function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
