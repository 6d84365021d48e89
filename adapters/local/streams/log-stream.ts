/** One log file on its way into the diagnosis. */
import type { Exhibit } from '../../../core/diagnose/rollup.ts';
import { EXHIBIT_LENGTH } from '../../../core/diagnose/rollup.ts';
import type { LogRole, Observation } from '../../../core/model.ts';
import type { OpenInput } from '../open-input.ts';

export type LogStream = {
  readonly role: LogRole;
  readonly host: string;
  readonly path: string;
  readonly stats: StreamStats;
  /** No later line is (much) older than this, epoch milliseconds; -Infinity before the first one. */
  watermark: number;
  isDone: boolean;
  /** Reads one chunk and hands its observations on. Throws `AppError` when the input turns out damaged. */
  read(): Promise<void>;
};

export type StreamStats = {
  lines: number;
  unparsed: number;
  /** First lines that could not be parsed. */
  readonly samples: Exhibit[];
  /** Times of the earliest and latest line, epoch milliseconds. */
  first: number;
  last: number;
};

export type StreamContext = {
  readonly input: OpenInput;
  readonly host: string;
  add(observation: Observation): void;
};

const SAMPLES = 3;
const NEWLINE = 10;
const RETURN = 13;

export function newStats(): StreamStats {
  return {
    lines: 0,
    unparsed: 0,
    samples: [],
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
  };
}

export function noteTime(stats: StreamStats, at: number): void {
  if (at < stats.first) stats.first = at;
  if (at > stats.last) stats.last = at;
}

/** Counts a line that no parser of its role understands, and keeps the first few. */
export function noteUnparsed(
  stream: Pick<LogStream, 'role' | 'host' | 'path' | 'stats'>,
  line: string,
): void {
  const { stats } = stream;
  stats.unparsed++;
  if (stats.samples.length >= SAMPLES) return;
  stats.samples.push({
    role: stream.role,
    at: Number.isFinite(stats.last) ? stats.last : 0,
    host: stream.host,
    path: stream.path,
    lineNumber: stats.lines,
    line: line.slice(0, EXHIBIT_LENGTH),
  });
}

/** Calls `take` with each line of a chunk as a byte string, without its line end. Empty lines too. */
export function forEachLine(chunk: Buffer, take: (line: string) => void): void {
  let start = 0;
  while (start < chunk.length) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline < 0 ? chunk.length : newline;
    take(lineAt(chunk, start, end));
    start = end + 1;
  }
}

/** The first lines of a chunk that are not empty, at most `limit`. */
export function firstLines(chunk: Buffer, limit: number): string[] {
  const lines: string[] = [];
  for (let start = 0; start < chunk.length && lines.length < limit; ) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline < 0 ? chunk.length : newline;
    const line = lineAt(chunk, start, end);
    if (line !== '') lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** Larger strings are allocated outside of the young heap, and cost far more. */
const WINDOW = 64 * 1024;

/**
 * As `forEachLine`, but the lines are views into larger strings: cheap to look at, and to be detached (`detach`)
 * before anything of them is kept. Carriage returns stay.
 */
export function forEachView(chunk: Buffer, take: (view: string) => void): void {
  forEachWindow(chunk, (text) => {
    let at = 0;
    for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', at)) {
      take(text.slice(at, newline));
      at = newline + 1;
    }
    if (at < text.length) take(text.slice(at));
  });
}

/** Calls `take` with whole lines at a time as one byte string, and where in the chunk they start. */
export function forEachWindow(chunk: Buffer, take: (text: string, offset: number) => void): void {
  for (let start = 0; start < chunk.length; ) {
    const end = windowEnd(chunk, start);
    take(chunk.toString('latin1', start, end), start);
    start = end;
  }
}

/** The end of the last line that fits into a window, or of the first one when none does. */
function windowEnd(chunk: Buffer, start: number): number {
  if (chunk.length - start <= WINDOW) return chunk.length;
  const last = chunk.lastIndexOf(NEWLINE, start + WINDOW);
  if (last >= start) return last + 1;
  const newline = chunk.indexOf(NEWLINE, start + WINDOW);
  return newline < 0 ? chunk.length : newline + 1;
}

/** The bytes from `start` to `end` as a byte string, without a carriage return at its end. */
export function lineAt(chunk: Buffer, start: number, end: number): string {
  const last = end > start && chunk[end - 1] === RETURN ? end - 1 : end;
  return chunk.toString('latin1', start, last);
}

/** A view without the carriage return at its end. */
export function withoutReturn(line: string): string {
  return line.charCodeAt(line.length - 1) === RETURN ? line.slice(0, -1) : line;
}
