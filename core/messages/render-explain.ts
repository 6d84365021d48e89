import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Explanation, FieldValue } from '../explanation.ts';
import type { MechanismId, SignalId } from '../model.ts';
import { toAscii } from './glyphs.ts';
import { hanging, joinLines, newPage, type Page, proseWidth, type RenderOptions } from './page.ts';
import { printableText } from './printable.ts';
import { cutMiddle, padText, textWidth } from './text-width.ts';
import { formatTime } from './time-range.ts';
import { MECHANISM_WORDS, ROLE_WORDS, SIGNAL_WORDS } from './words.ts';
import { wrapText } from './wrap.ts';

const LABEL_WIDTH = 10;
/** Of one field; a Referer can be as long as a client likes. */
const LONGEST_FIELD = 300;

/**
 * One explained line as text: what it is, what the client gets, what it can point to, how that is known. `titleOf`
 * gives a cause's title in words.
 */
export function renderExplain(
  explanation: Explanation,
  options: RenderOptions & { titleOf: (cause: CauseId) => string },
): string {
  const page = newPage(options);
  const clean = (text: string): string =>
    options.ascii === true ? toAscii(printableText(text)) : printableText(text);
  const { id, at, role, rule, source } = explanation;
  const heading = clean(headingOf(explanation));
  return joinLines([
    page.style.bold(heading) + (id === null ? '' : `  ${page.style.dim(clean(id))}`),
    ...row(page, 'log', [clean(ROLE_WORDS[role])]),
    ...row(page, 'time', at === null ? [] : [timeInWords(clean(at), explanation)]),
    ...row(page, 'client', clientLines(explanation)),
    ...row(
      page,
      'cause',
      causeLines(page, explanation, (cause) => clean(options.titleOf(cause))),
    ),
    ...row(page, 'rule', rule === null ? [] : wrapped(page, clean(rule))),
    ...row(page, 'source', source === null ? [] : wrapped(page, clean(source))),
    ...row(page, 'fields', fieldLines(page, explanation, clean)),
  ]);
}

function headingOf({ kind, id, parsed, role, fields }: Explanation): string {
  if (!parsed && role === 'app') return 'Not a line of a log that badgateway knows';
  if (!parsed) return `Not a line of ${ROLE_WORDS[role]} as far as badgateway knows`;
  switch (kind) {
    case 'mechanism':
      return `NGINX: ${MECHANISM_WORDS[id as MechanismId] ?? id}`;
    case 'signal':
      return `${role === 'system' ? 'System' : 'Gunicorn'}: ${SIGNAL_WORDS[id as SignalId] ?? id}`;
    case 'request':
      return `A request${typeof fields.status === 'number' ? ` answered ${fields.status}` : ''}`;
    default:
      return 'Nothing that fails a request';
  }
}

/** An error line of NGINX has no zone, and alone it cannot be found out. */
function timeInWords(at: string, { fields }: Explanation): string {
  const zone = fields.isTimeZoneKnown === false ? ', the line does not say its zone' : ' UTC';
  return formatTime(at, 'date') + zone;
}

function clientLines({ visible, kind, parsed }: Explanation): string[] {
  if (!parsed || kind === 'other') return [];
  if (visible !== 'none') return [`gets ${visible}`];
  return kind === 'request' ? [] : ['gets nothing of it from this line alone'];
}

function causeLines(page: Page, { causes }: Explanation, titleOf: (cause: CauseId) => string) {
  const width = Math.max(0, ...causes.map((cause) => cause.length));
  const titleWidth = proseWidth(page) - LABEL_WIDTH - width - 2;
  return causes.flatMap((cause) =>
    hanging(`${padText(cause, width)}  `, wrapText(titleOf(cause), titleWidth)),
  );
}

function fieldLines(
  page: Page,
  { fields }: Explanation,
  clean: (text: string) => string,
): string[] {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => [clean(name), clean(valueInWords(value))] as const);
  const width = Math.max(0, ...entries.map(([name]) => textWidth(name)));
  const valueWidth = Math.max(20, proseWidth(page) - LABEL_WIDTH - width - 2);
  return entries.flatMap(([name, value]) => {
    const shown = cutMiddle(value, LONGEST_FIELD, page.glyphs.ellipsis);
    return wrapText(shown, valueWidth).map((line, index) => {
      const label = padText(index === 0 ? name : '', width);
      return `${page.style.dim(label)}  ${line}`;
    });
  });
}

function valueInWords(value: FieldValue): string {
  if (value === true) return 'yes';
  return typeof value === 'object' && value !== null
    ? value.map((item) => item ?? '-').join(', ')
    : String(value);
}

function wrapped(page: Page, text: string): string[] {
  return wrapText(text, proseWidth(page) - LABEL_WIDTH);
}

function row(page: Page, label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => {
    const margin = padText(index === 0 ? `  ${label}` : '', LABEL_WIDTH);
    return page.style.dim(margin) + line;
  });
}
