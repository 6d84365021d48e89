/** The lines of a chunk with their places. */
import { lineAt } from './streams/log-stream.ts';

/** A longer line is cut: CloudWatch takes no longer event, and nothing that NGINX or Gunicorn write comes near. */
export const LONGEST_LINE = 256 * 1024;

export type PlacedLine = {
  /** As a byte string, without its line end. */
  readonly text: string;
  /** In its file, bytes. */
  readonly offset: number;
};

const NEWLINE = 10;

/** The lines of a chunk that begins at `offset` of its file; empty ones are left out. */
export function linesOf(bytes: Buffer, offset: number): PlacedLine[] {
  const lines: PlacedLine[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = lineAt(bytes, start, Math.min(end, start + LONGEST_LINE));
    if (text !== '') lines.push({ text, offset: offset + start });
    start = end + 1;
  }
  return lines;
}
