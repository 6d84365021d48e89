import { asciiGlyphs, type Glyphs, unicodeGlyphs } from './glyphs.ts';
import type { Style } from './style.ts';
import { padText } from './text-width.ts';

/** How the person who reads sees it. */
export type RenderOptions = {
  /** Columns; texts use 60 to 200 of them. */
  readonly width: number;
  readonly style: Style;
  readonly timeZone: 'UTC';
  /** The terminal shows nothing but ASCII. */
  readonly ascii?: boolean;
};

/** What every part of a text is laid out with. */
export type Page = {
  readonly width: number;
  readonly style: Style;
  readonly glyphs: Glyphs;
};

const NARROWEST = 60;
const WIDEST = 200;
/** Sentences longer than this are hard to read; only log lines and tables go beyond. */
const PROSE_WIDTH = 110;
const LABEL_INDENT = 3;
const LABEL_WIDTH = 8;

/** Columns in front of what stands beside a label. */
export const BODY_INDENT = LABEL_INDENT + LABEL_WIDTH;

export function newPage(options: RenderOptions): Page {
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, Math.floor(options.width))),
    style: options.style,
    glyphs: options.ascii === true ? asciiGlyphs : unicodeGlyphs,
  };
}

/** Columns for sentences that start at the left edge. */
export function proseWidth(page: Page): number {
  return Math.min(page.width, PROSE_WIDTH);
}

/** Columns for sentences beside a label. */
export function bodyWidth(page: Page): number {
  return proseWidth(page) - BODY_INDENT;
}

/** Lines beside a dim label in the margin; none at all when there are no lines. */
export function labelled(page: Page, label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => {
    const margin = index === 0 ? padText(label, LABEL_WIDTH) : ' '.repeat(LABEL_WIDTH);
    return `${' '.repeat(LABEL_INDENT)}${page.style.dim(margin)}${line}`;
  });
}

/** Lines behind a mark such as `1  `, the first with it and the others below its end. */
export function hanging(mark: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line);
}

/** Lines to one text: no blanks at line ends, non-breaking spaces as spaces, a line break at the end. */
export function joinLines(lines: readonly string[]): string {
  const text = lines.map((line) => line.trimEnd()).join('\n');
  return `${text.replaceAll('\u00a0', ' ')}\n`;
}
