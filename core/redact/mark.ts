/**
 * What is left of a query or of a client where two must be told apart: a short hash, `~k3f9a`. It is a pseudonym
 * without a key: whoever guesses what it stood for can check the guess. So it stays in the table's rows, which live for
 * days, and is in nothing that is shown or sent.
 */
import { hashOf } from '../records/hash.ts';

const LENGTH = 5;

/** The mark of a text; of a mark, or of what was hidden whole, itself. Never longer than twice the text and one. */
export function markOf(text: string): string {
  if (text === '' || isMark(text) || text === '***') return text;
  return `~${hashOf(text).slice(-Math.min(LENGTH, 2 * text.length))}`;
}

function isMark(text: string): boolean {
  return /^~[0-9a-z]{2,5}$/.test(text);
}

/** The text without the marks of queries. */
export function withoutMarks(text: string): string {
  return text.includes('?~') ? text.replace(/\?~[0-9a-z]{2,5}(?![0-9a-z])/g, '?***') : text;
}
