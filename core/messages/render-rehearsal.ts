/** A rehearsal as a person reads it: what would have been sent, when; how much that is; which rules do nothing. */
import { toAscii } from './glyphs.ts';
import { countOf, formatCount } from './numbers.ts';
import { hanging, joinLines, newPage, type Page, proseWidth, type RenderOptions } from './page.ts';
import { printableText } from './printable.ts';
import type { RehearsalDocument, RehearsedCause, RehearsedMessage } from './rehearsal-document.ts';
import { policyInWords } from './render-watch.ts';
import { cutEnd, padText, textWidth } from './text-width.ts';
import { detailOf, formatTime, type TimeDetail, windowInWords } from './time-range.ts';
import { wrapText } from './wrap.ts';

/** Lines of messages; of more, the first and the last are shown. */
const MOST_MESSAGES = 200;
const GAP = '  ';
const KIND_WIDTH = 'escalated'.length;
const INDENT = '   ';

/** No control character but line breaks and those of `options.style`, whatever the logs held. */
export function renderRehearsal(document: RehearsalDocument, options: RenderOptions): string {
  const page = newPage(options);
  const shown = options.ascii === true ? toAscii : (text: string) => text;
  const say = (text: string) => shown(printableText(text));
  const { window, policy, totals, open, warnings } = document;
  const head = `What would have been sent, ${windowInWords(window, page.glyphs.dash)}`;
  const blocks = [
    [page.style.bold(shown(head)), ...wrapText(policyInWords(policy), proseWidth(page))],
    messageLines(page, document, say),
    totalLines(page, document),
    totals.untold === 0
      ? []
      : [`Told to nobody: ${countOf(totals.untold, 'incident')}, muted or over too soon`],
    open.length === 0 ? [] : ['Still going on at the end:', ...open.map((id) => INDENT + say(id))],
    warnings.flatMap((text) => hanging('!  ', wrapText(say(text), proseWidth(page) - 3))),
  ];
  return joinLines(
    blocks
      .filter((block) => block.length > 0)
      .flatMap((block, index) => (index === 0 ? block : ['', ...block])),
  );
}

type Say = (text: string) => string;

function messageLines(page: Page, { messages, window }: RehearsalDocument, say: Say): string[] {
  const detail = detailOf(window);
  const isCut = messages.length > MOST_MESSAGES;
  const first = isCut ? messages.slice(0, MOST_MESSAGES - 20) : messages;
  const last = isCut ? messages.slice(-20) : [];
  const widths = columnWidths(messages);
  const line = (message: RehearsedMessage) => messageLine(page, message, { detail, widths, say });
  const left = messages.length - first.length - last.length;
  return [
    ...first.flatMap(line),
    ...(left > 0 ? [`${page.glyphs.ellipsis} ${formatCount(left)} more`] : []),
    ...last.flatMap(line),
  ];
}

type Widths = { readonly service: number; readonly count: number };

function columnWidths(messages: readonly RehearsedMessage[]): Widths {
  return {
    service: Math.max(0, ...messages.map(({ service }) => textWidth(service))),
    count: Math.max(0, ...messages.map(({ failures }) => formatCount(failures).length)),
  };
}

/** `14:03:00  opened     290  shop  Gunicorn killed workers that took longer than 30 s`. */
function messageLine(
  page: Page,
  message: RehearsedMessage,
  { detail, widths, say }: { detail: TimeDetail; widths: Widths; say: Say },
): string[] {
  const { at, transition, failures, service, title, reason } = message;
  const paint = transition === 'resolved' ? page.style.green : page.style.red;
  const left = [
    formatTime(at, detail),
    padText(transition, KIND_WIDTH),
    formatCount(failures).padStart(widths.count),
    padText(say(service), widths.service),
  ];
  const room = page.width - textWidth(left.join(GAP)) - GAP.length;
  const text = say(reason === '' ? title : `${title} (${reason})`);
  const shown = cutEnd(text, Math.max(20, room), page.glyphs.ellipsis);
  return [[left[0], paint(left[1] ?? ''), left[2], left[3], shown].join(GAP)];
}

function totalLines(page: Page, { totals }: RehearsalDocument): string[] {
  if (totals.messages === 0) return [page.style.bold('Nothing would have been sent.')];
  const what = `${countOf(totals.messages, 'message')} about ${countOf(totals.incidents, 'incident')}`;
  return [page.style.bold(what), ...totals.byCause.map((one) => causeLine(one, totals.byCause))];
}

function causeLine(one: RehearsedCause, all: readonly RehearsedCause[]): string {
  const name = ({ service, cause }: RehearsedCause) => printableText(`${service} ${cause}`);
  const width = Math.max(...all.map((other) => textWidth(name(other))));
  const counts = [
    countOf(one.messages, 'message'),
    countOf(one.incidents, 'incident'),
    countOf(one.failures, 'failed request'),
  ];
  return `${INDENT}${padText(name(one), width)}${GAP}${counts.join(', ')}`;
}
