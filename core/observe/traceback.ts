/** What a Python traceback says: the exception, and where the application was. */
import { isChainMarker, isInsideBlock, isTracebackStart } from '../parse/gunicorn-traceback.ts';

type Frame = {
  readonly path: string;
  readonly lineNumber: string;
  /** `null` for the place of a syntax error. */
  readonly name: string | null;
};

/** One `Traceback (most recent call last):` of a chain. */
export type TracebackBlock = {
  readonly frames: readonly Frame[];
  /** `ValueError: text`, its first line; `null` when the end is missing. */
  readonly exception: string | null;
};

type OpenBlock = { frames: Frame[]; exception: string | null };
type Phase = 'before' | 'frames' | 'after' | 'chained';
type State = { phase: Phase; blank: boolean; readonly blocks: OpenBlock[] };

/** More of an exception's text than a sentence needs. */
const MAX_EXCEPTION = 500;
const LIBRARY_PARTS = ['/site-packages/', '/dist-packages/', '/lib/python', '/lib64/python'];

/**
 * The blocks of the traceback in `lines`, the outermost exception last. A second traceback that no sentence
 * chains to the first is text of the exception before it, and not read. Lines that begin in the middle of a
 * traceback, or are only its end, make one block.
 */
export function readTraceback(lines: readonly string[]): readonly TracebackBlock[] {
  const state: State = { phase: 'before', blank: false, blocks: [] };
  for (const [index, raw] of lines.entries()) {
    const line = withoutGroupMark(raw);
    if (isTracebackStart(line)) {
      if (state.phase === 'after' && line === raw) break;
      begin(state);
    } else if (state.phase === 'before') readBefore(state, line, index);
    else readInside(state, line);
    state.blank = line.length === 0;
  }
  return state.blocks;
}

/** `  | ValueError: x` of an exception group, without its mark. */
function withoutGroupMark(line: string): string {
  const match = /^ {0,40}[|+] /.exec(line);
  return match === null ? line : line.slice(match[0].length);
}

function begin(state: State): OpenBlock {
  const block: OpenBlock = { frames: [], exception: null };
  state.blocks.push(block);
  state.phase = 'frames';
  return block;
}

/** Text between a header and its traceback; a first line that is a frame or an exception is a tail. */
function readBefore(state: State, line: string, index: number): void {
  if (index > 0 && !line.startsWith('  File "')) return;
  begin(state);
  readInside(state, line);
}

function readInside(state: State, line: string): void {
  const block = state.blocks.at(-1);
  if (!block) return;
  if (state.phase === 'frames') {
    if (!isInsideBlock(line)) {
      block.exception = line.slice(0, MAX_EXCEPTION);
      state.phase = 'after';
      return;
    }
    const frame = readFrame(line);
    if (frame) block.frames.push(frame);
  } else if (state.blank && isChainMarker(line)) state.phase = 'chained';
}

/** `  File "/srv/shop/views.py", line 61, in build_pdf`. */
function readFrame(line: string): Frame | null {
  const start = line.indexOf('File "');
  const end = line.lastIndexOf('", line ');
  if (start < 0 || start > 8 || end < start) return null;
  const [lineNumber = '', name] = line.slice(end + 8).split(', in ', 2);
  if (!/^\d{1,9}$/.test(lineNumber)) return null;
  return { path: line.slice(start + 6, end), lineNumber, name: name ?? null };
}

/** The exception that ended the traceback: that of the last block which shows one. */
export function lastException(blocks: readonly TracebackBlock[]): string | undefined {
  return blocks.findLast((block) => block.exception !== null)?.exception ?? undefined;
}

/**
 * The innermost frame of the application (not of a library, of Python or of Gunicorn), as
 * `build_pdf, /srv/shop/views.py:61`: in the last block that has one.
 */
export function applicationFrame(blocks: readonly TracebackBlock[]): string | undefined {
  for (const block of blocks.toReversed()) {
    const frame = block.frames.findLast((candidate) => isApplication(candidate.path));
    if (frame === undefined) continue;
    const place = `${frame.path}:${frame.lineNumber}`;
    return frame.name === null ? place : `${frame.name}, ${place}`;
  }
  return undefined;
}

function isApplication(path: string): boolean {
  if (path.startsWith('<') || path.endsWith('/bin/gunicorn')) return false;
  return !LIBRARY_PARTS.some((part) => path.includes(part)) && !isGunicornPath(path);
}

/** A path of Gunicorn's own code, wherever it is installed. */
export function isGunicornPath(path: string): boolean {
  return /\/gunicorn\/(?:(?:app|workers|asgi|http|http2)\/\w+|arbiter|sock|util)\.py$/.test(path);
}

/**
 * The block that shows the worker being aborted by the arbiter: SIGABRT ran `handle_abort`, which exits
 * (Gunicorn workers/base.py `Worker.handle_abort`).
 */
export function findAbort(blocks: readonly TracebackBlock[]): TracebackBlock | undefined {
  return blocks.find((block) => {
    const last = block.frames.at(-1);
    const isHandler = last?.name === 'handle_abort' && isGunicornPath(last.path);
    return isHandler && (block.exception === null || block.exception === 'SystemExit: 1');
  });
}

/** The number in `OSError: [Errno 24] Too many open files`, if an operating system call failed with it. */
export function errnoOf(block: TracebackBlock | undefined): number | null {
  const match = /^(?:OSError|IOError|\w*Error|socket\.error|error): \[Errno (\d{1,4})\]/.exec(
    block?.exception ?? '',
  );
  return match === null ? null : Number(match[1]);
}
