/** The few characters beyond ASCII that the texts draw with. */
export type Glyphs = {
  readonly ellipsis: string;
  readonly dash: string;
  readonly dot: string;
  readonly times: string;
  /** A bar's last cell in rising eighths (or fewer steps); the last one is a full cell. */
  readonly bar: readonly string[];
  /** Levels of a sparkline, lowest first; the first stands for nothing at all. */
  readonly spark: readonly string[];
};

export const unicodeGlyphs: Glyphs = {
  ellipsis: '…',
  dash: '–',
  dot: '·',
  times: '×',
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  spark: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

/** For terminals that are not UTF-8. */
export const asciiGlyphs: Glyphs = {
  ellipsis: '...',
  dash: '-',
  dot: '|',
  times: 'x',
  bar: ['#'],
  spark: [' ', '.', ':', '-', '=', '+', '*', '#'],
};

const LIKENESSES: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '—': '-',
  '·': '|',
  '×': 'x',
  '≥': '>=',
  '≤': '<=',
  '→': '->',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '\u00a0': ' ',
};

/** A printable text in ASCII: typography by its likeness, anything else as `\u{H}`. */
export function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return LIKENESSES[character] ?? `\\u{${point.toString(16).toUpperCase()}}`;
  });
}
