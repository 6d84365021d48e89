/** How lines of a Python traceback look (CPython Lib/traceback.py), and a bounded keep of them. */
import { detach } from './byte-string.ts';

/** Kept of one traceback: this many lines and characters of its head, and as many of its tail. */
const HALF_LINES = 100;
const HALF_CHARS = 16_384;
const MAX_LINE = 1_000;

const CHAIN_MARKERS = [
  'During handling of the above exception, another exception occurred:',
  'The above exception was the direct cause of the following exception:',
];

/** `Traceback (most recent call last):`, also after Gunicorn's `[` and the marks of an exception group. */
export function isTracebackStart(line: string): boolean {
  const at = line.slice(0, 80).indexOf('Traceback (most recent call last):');
  if (at < 0) return false;
  for (let i = 0; i < at; i++) {
    if (!' [|+ExceptionGroup'.includes(line.charAt(i))) return false;
  }
  return true;
}

/** The sentence between two tracebacks of one chain. */
export function isChainMarker(line: string): boolean {
  return CHAIN_MARKERS.some((marker) => line.startsWith(marker));
}

/** A line inside a block: a frame, its source, the marks under it, or a blank. */
export function isInsideBlock(line: string): boolean {
  const first = line.charCodeAt(0);
  return line.length === 0 || first === 32 || first === 9;
}

/** `ValueError: text`, `gunicorn.errors.HaltServer: <…>`, `SystemExit`: how exceptions are named, then `:` or the end. */
export function isExceptionLine(line: string): boolean {
  const colon = line.slice(0, 120).indexOf(':');
  const name = colon < 0 ? line : line.slice(0, colon);
  if (colon >= 0 && colon + 1 < line.length && line.charCodeAt(colon + 1) !== 32) return false;
  return /^[\w.]{0,100}(?:Error|Exception|Exit|HaltServer|ImproperlyConfigured)$/.test(name);
}

/** A traceback's lines, at most 200 of them and 32 kB: its head and its tail, each line cut at 1,000. */
export class TracebackLines {
  readonly #head: string[] = [];
  #headChars = 0;
  #tail: string[] = [];
  #tailChars = 0;
  #dropped = 0;

  /** Keeps the line, or pushes an earlier one of the tail out. */
  push(line: string): void {
    const kept = detach(line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line);
    const isHead = this.#dropped === 0 && this.#tail.length === 0;
    if (isHead && this.#head.length < HALF_LINES && this.#headChars < HALF_CHARS) {
      this.#head.push(kept);
      this.#headChars += kept.length;
      return;
    }
    this.#tail.push(kept);
    this.#tailChars += kept.length;
    if (this.#tail.length >= 2 * HALF_LINES || this.#tailChars >= 2 * HALF_CHARS) this.#trim();
  }

  /** Lets go of all but the last lines; called once in a hundred lines, so that pushing stays linear. */
  #trim(): void {
    let from = this.#tail.length;
    let chars = 0;
    while (from > 0 && this.#tail.length - from < HALF_LINES) {
      chars += this.#tail[from - 1]?.length ?? 0;
      if (chars > HALF_CHARS) break;
      from--;
    }
    this.#dropped += from;
    this.#tail = this.#tail.slice(from);
    this.#tailChars = this.#tail.reduce((sum, line) => sum + line.length, 0);
  }

  /** What was kept, in order; what was left out is said in one indented line. */
  toArray(): readonly string[] {
    if (this.#tail.length > HALF_LINES || this.#tailChars > HALF_CHARS) this.#trim();
    if (this.#dropped === 0) return [...this.#head, ...this.#tail];
    return [...this.#head, `  [${this.#dropped} lines left out]`, ...this.#tail];
  }
}
