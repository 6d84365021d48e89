/** The machine document as text that fits into a message. */
import type { AlertDocument, SummaryDocument, TransitionDocument } from './alert-document.ts';

/** JSON of at most `maxBytes` bytes in UTF-8, unless names are absurdly long and many; it says what it left out. */
export function fitDocument(document: AlertDocument, maxBytes: number): string {
  const json = JSON.stringify(document);
  if (bytesOf(json) <= maxBytes) return json;
  switch (document.transition) {
    case 'notice':
      return json;
    case 'summary':
      return fitSummary(document, maxBytes);
    default:
      return fitTransition(document, maxBytes);
  }
}

/** Without the context; if that is not enough, without the evidence, too; in the end with short texts. */
function fitTransition(document: TransitionDocument, maxBytes: number): string {
  const bare: TransitionDocument = { ...document, context: [], truncated: true };
  const json = JSON.stringify(bare);
  if (bytesOf(json) <= maxBytes) return json;
  const barest = { ...bare, diagnosis: { ...bare.diagnosis, evidence: [] } };
  const without = JSON.stringify(barest);
  return bytesOf(without) <= maxBytes ? without : JSON.stringify(barest, cutText);
}

/** No name that is meant well is longer. */
const LONGEST_TEXT = 300;

/** As `JSON.stringify` calls it of each value; half a character at the end becomes an escape, which is harmless. */
function cutText(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : value;
}

/** The oldest of the changes that fit; all of them are in the e-mail. */
function fitSummary(document: SummaryDocument, maxBytes: number): string {
  const { transitions } = document;
  const withFirst = (count: number): string =>
    JSON.stringify({
      ...document,
      transitions: transitions.slice(0, count),
      omitted: document.omitted + transitions.length - count,
    });
  let count = transitions.length - 1;
  while (count > 0 && bytesOf(withFirst(count)) > maxBytes) count--;
  return withFirst(count);
}

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
