import type { Progress as ReadProgress } from '../adapters/local/diagnose-files.ts';
import { countOf, formatCount } from '../core/messages/numbers.ts';
import { printableText } from '../core/messages/printable.ts';
import { cutEnd, cutStart } from '../core/messages/text-width.ts';

/** Short runs say nothing. */
const QUIET_MS = 1_000;
const TERMINAL_EVERY_MS = 100;
const FILE_EVERY_MS = 5_000;
const LONGEST_PATH = 40;
const MEGABYTE = 1_048_576;

type Output = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
};

/**
 * Tells on standard error how far a long run is: one line that is rewritten on a terminal, one line every five
 * seconds elsewhere. Warnings go between.
 */
export class Progress {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #startedAt: number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#startedAt = now();
  }

  report(progress: ReadProgress): void {
    const now = this.#now();
    const isTerminal = this.#output.isTTY === true;
    const every = isTerminal ? TERMINAL_EVERY_MS : FILE_EVERY_MS;
    if (now - this.#startedAt < QUIET_MS || now - this.#shownAt < every) return;
    this.#shownAt = now;
    const text = describeProgress(progress);
    if (!isTerminal) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#isShown = true;
    this.#output.write(`\r\u001b[K${cutEnd(text, (this.#output.columns || 80) - 1, '…')}`);
  }

  warn(text: string): void {
    this.clear();
    this.#output.write(`badgateway: warning: ${printableText(text)}\n`);
  }

  /** Takes the line away; to be called before anything else is written. */
  clear(): void {
    if (this.#isShown) this.#output.write('\r\u001b[K');
    this.#isShown = false;
  }
}

/** `reading access.log, 412 of 1,024 MB, 40 %`. */
export function describeProgress({ readBytes, totalBytes, path }: ReadProgress): string {
  const name = path === '-' ? 'standard input' : cutStart(printableText(path), LONGEST_PATH, '…');
  const read = Math.floor(readBytes / MEGABYTE);
  if (totalBytes === null || totalBytes <= 0)
    return `reading ${name}, ${countOf(read, 'MB', 'MB')}`;
  const total = countOf(Math.ceil(totalBytes / MEGABYTE), 'MB', 'MB');
  const share = Math.min(100, Math.floor((readBytes / totalBytes) * 100));
  return `reading ${name}, ${formatCount(read)} of ${total}, ${share} %`;
}
