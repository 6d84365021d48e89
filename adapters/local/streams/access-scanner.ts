/** What is read of an access log when only the statuses and the odd lines matter, chunk by chunk. */
import type { StatusAnchor } from '../../../core/parse/log-format.ts';
import type { LineChunks } from '../line-chunks.ts';
import { findHiddenFailures, type LineAt, scanStatuses } from './access-scan.ts';
import { lineAt } from './log-stream.ts';

/** A line to be looked at closely, and its 1-based number in its chunk. */
type OddLine = { readonly text: string; readonly line: number };

export type ScannedChunk = {
  readonly lines: number;
  readonly odd: readonly OddLine[];
  /** The chunk's first and last line: their times stand for all of it. */
  readonly first: string;
  readonly last: string;
};

export type ScanFormat = { readonly anchor: StatusAnchor; readonly hasTries: boolean };

/** Scans one log; `statuses` fills up as it goes. */
export type AccessScanner = {
  /** Requests by status, 0 to 999. */
  readonly statuses: Float64Array;
  next(): Promise<ScannedChunk | null>;
};

const NEWLINE = 10;

/** Scans in this thread. */
export function scanHere(chunks: LineChunks, format: ScanFormat): AccessScanner {
  const statuses = new Float64Array(1000);
  return {
    statuses,
    next: async () => {
      const chunk = await chunks.next();
      return chunk && scanChunk(chunk, format, statuses);
    },
  };
}

/** Counts the statuses of a chunk of whole lines into `statuses` and takes out the odd lines. */
export function scanChunk(
  chunk: Buffer,
  { anchor, hasTries }: ScanFormat,
  statuses: Float64Array,
): ScannedChunk {
  const { lines, odd } = scanStatuses(chunk, anchor, statuses);
  const hidden = hasTries ? findHiddenFailures(chunk, odd) : [];
  return { lines, odd: [...odd, ...hidden].map((at) => oddLine(chunk, at)), ...endsOf(chunk) };
}

function oddLine(chunk: Buffer, { start, line }: LineAt): OddLine {
  return { text: lineAt(chunk, start, endOfLine(chunk, start)), line };
}

function endsOf(chunk: Buffer): { first: string; last: string } {
  const end = chunk[chunk.length - 1] === NEWLINE ? chunk.length - 1 : chunk.length;
  const start = chunk.subarray(0, end).lastIndexOf(NEWLINE) + 1;
  return { first: lineAt(chunk, 0, endOfLine(chunk, 0)), last: lineAt(chunk, start, end) };
}

function endOfLine(chunk: Buffer, start: number): number {
  const newline = chunk.indexOf(NEWLINE, start);
  return newline < 0 ? chunk.length : newline;
}
