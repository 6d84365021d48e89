/** Texts for blocks of Slack, of which nothing is markup, a mention or a link. */
import { printableText } from './printable.ts';
import { escapedForSlack } from './slack-escape.ts';

/** Of a section's text, escaped; Slack's limit is 3,000. */
const MAX_SECTION = 2_900;
/** Of an element of a context block. */
const MAX_ELEMENT = 600;
const FENCES = 6;

type PlainText = { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };

/** Plain text of at most `limit` characters, never empty, which Slack would refuse. */
export function plainText(text: string, limit: number): PlainText {
  return { type: 'plain_text', text: cutText(printableLines(text), limit) || '-', emoji: false };
}

export function plainSection(text: string): object {
  return { type: 'section', text: plainText(text, MAX_SECTION) };
}

/** To be copied as it is; a fence in the text would end it. */
export function codeSection(lines: readonly string[]): object {
  const text = lines.map(printableText).join('\n').replaceAll('\u00a0', ' ').replaceAll('`', "'");
  const shown = escapedForSlack(text, MAX_SECTION - FENCES) || '-';
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: `\`\`\`${shown}\`\`\``, verbatim: true },
  };
}

/** Small print; texts that are empty are left out. */
export function contextBlock(texts: readonly string[]): object {
  const elements = texts.filter((text) => text !== '').map((text) => plainText(text, MAX_ELEMENT));
  return { type: 'context', elements };
}

/** Every line fit to show, with spaces that can be searched for; line breaks stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printableText).join('\n').replaceAll('\u00a0', ' ');
}

/** Without half a character at its end. */
function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let out = '';
  for (const char of text) {
    if (out.length + char.length > limit - 1) break;
    out += char;
  }
  return `${out}…`;
}
