import { takeStart, textWidth } from './text-width.ts';

/**
 * Breaks a text into lines no wider than `width`, at spaces (never at `\u00a0`); a word that is wider than a line
 * is cut.
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const extended = line === '' ? word : `${line} ${word}`;
    if (textWidth(extended) <= width) {
      line = extended;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = cutWord(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  lines.push(line);
  return lines;
}

/** `no log was given` → `No log was given.`; a text that ends like a sentence already keeps its end. */
export function asSentence(text: string): string {
  return withStop(text.charAt(0).toUpperCase() + text.slice(1));
}

/** The same, with its first word as it is: it may be the name of a setting. */
export function withStop(text: string): string {
  return /[.!?:…][)"']?$/.test(text) || text === '' ? text : `${text}.`;
}

/** Joins pieces with a separator into as few lines as possible, and breaks lines only between pieces. */
export function wrapPieces(pieces: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const extended = last === undefined ? null : last + separator + piece;
    if (extended !== null && textWidth(extended) <= width) lines[lines.length - 1] = extended;
    else lines.push(piece);
  }
  return lines.flatMap((line) => wrapText(line, width));
}

function cutWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  for (;;) {
    const piece = takeStart(rest, Math.max(2, width));
    pieces.push(piece);
    if (piece.length === rest.length) return pieces;
    rest = rest.slice(piece.length);
  }
}
