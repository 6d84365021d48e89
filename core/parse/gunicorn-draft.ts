import type { LineOrigin } from '../model.ts';
import { detach } from './byte-string.ts';
import type { GunicornLine } from './gunicorn-error.ts';
import { findMessageRule, type MessageRule } from './gunicorn-messages.ts';
import {
  isChainMarker,
  isInsideBlock,
  isTracebackStart,
  TracebackLines,
} from './gunicorn-traceback.ts';

/** Kept of an entry's first line, to be shown as evidence. */
const MAX_LINE = 2_048;

/** A line without header that begins an entry of its own. */
const NO_HEADER: Omit<GunicornLine, 'message'> = {
  at: null,
  isLocal: false,
  pid: null,
  level: null,
  logger: null,
  stack: null,
  form: 'bare',
};

const NO_LINES: readonly string[] = [];

/** Where a draft's first line came from. */
export type DraftSource = {
  /** The wrapper's time, epoch milliseconds. */
  readonly receivedAt: number | null;
  readonly origin: LineOrigin;
  readonly isInside?: boolean;
};

/** An entry that may not be whole yet: its header, and the lines after it so far. */
export class GunicornDraft {
  readonly header: GunicornLine;
  readonly rule: MessageRule | null;
  readonly line: string;
  /** The wrapper's time, epoch milliseconds. */
  readonly receivedAt: number | null;
  readonly origin: LineOrigin;
  /** It began without a header: an uncaught traceback, or a message on standard error. */
  readonly isBare: boolean;
  #lines: TracebackLines | null = null;
  /** Lines of other processes that came between its own. */
  interruptions = 0;
  /** Frames have begun and no exception has ended them. */
  isUnfinished = false;
  /** The last line said that another traceback of the same chain follows. */
  isChained = false;
  /** Its first block has frames of the arbiter's start: the application's code does not run below those. */
  hasArbiterFrames = false;
  /** It follows text that an application wrote, and may be part of it. */
  readonly isInside: boolean;
  #blocks = 0;

  constructor(text: string, header: GunicornLine | null, from: DraftSource) {
    this.isInside = from.isInside ?? false;
    this.line = detach(text.slice(0, MAX_LINE));
    this.header = header ?? { ...NO_HEADER, message: this.line };
    this.rule = header === null ? null : findMessageRule(header.message, 0);
    this.isBare = header === null;
    this.receivedAt = from.receivedAt;
    this.origin = from.origin;
    for (const line of header?.stack?.split('\n') ?? []) this.push(line);
  }

  /** Lines followed it: whatever comes next may be part of them. */
  get isUnfolded(): boolean {
    return this.#lines !== null;
  }

  /** Whether lines without a header after this one may be part of it. */
  get isOpen(): boolean {
    if (this.isBare || this.rule?.hasTraceback) return true;
    const { level, form } = this.header;
    return this.rule === null && form !== 'json' && level !== 'INFO' && level !== 'DEBUG';
  }

  /** The lines after the first, at most 200 of them and 32 kB. */
  get lines(): readonly string[] {
    return this.#lines?.toArray() ?? NO_LINES;
  }

  /** Adds a line that is part of this entry. */
  push(line: string): void {
    this.#lines ??= new TracebackLines();
    this.#lines.push(line);
    if (line.length > 0) this.isChained = isChainMarker(line);
    if (isTracebackStart(line)) {
      this.isUnfinished = true;
      this.#blocks++;
    } else if (!isInsideBlock(line)) this.isUnfinished = false;
    else if (this.#blocks === 1 && this.isUnfinished && isArbiterFrame(line)) {
      this.hasArbiterFrames = true;
    }
  }
}

function isArbiterFrame(line: string): boolean {
  return (
    line.startsWith('  File "') && /\/gunicorn\/(?:app\/\w+|arbiter|util|sock)\.py"/.test(line)
  );
}
