/** Puts the lines of a Gunicorn log together: a header and the traceback that follows it are one entry. */
import type { LineOrigin } from '../model.ts';
import { parseGunicornAccess } from './gunicorn-access.ts';
import { type DraftSource, GunicornDraft } from './gunicorn-draft.ts';
import { parseGunicornLine } from './gunicorn-error.ts';
import { type Decision, HeaderGate } from './gunicorn-gate.ts';
import { isQuietGunicornLine } from './gunicorn-header.ts';
import { entryOf, type GunicornEntry, isTwinExit, timeOf } from './gunicorn-record.ts';
import { readStamp } from './gunicorn-stamp.ts';
import { findBareError } from './gunicorn-stderr.ts';
import { isExceptionLine, isTracebackStart } from './gunicorn-traceback.ts';

export type { GunicornEntry };

const NONE: readonly GunicornEntry[] = [];
/** Headers of other processes between two lines of one traceback, before it is given up. */
const MAX_INTERRUPTIONS = 20;

/**
 * A state machine over the lines of one log, in order. Only entries that may mean something come out, an
 * entry as soon as the next one begins; a traceback may come as one event with line breaks or a line at a
 * time. Holds a bounded amount, takes linear time, never throws.
 */
export class GunicornAssembler {
  readonly #gate = new HeaderGate();
  readonly #keepsRequests: boolean;
  #draft: GunicornDraft | null = null;
  /** Nothing is open or held: a quiet line is no more than a time to remember. */
  #isIdle = false;
  #lastQuiet: string | null = null;
  #hasHeaders = false;
  #hasStamps = false;
  #lastExit: GunicornEntry | null = null;
  #foreignLines = 0;
  /** The line before, if it was no header, may have been the beginning of an application's text. */
  #isAfterText = true;

  /** `keepsRequests`: request lines come out as entries too. */
  constructor(options: { keepsRequests?: boolean } = {}) {
    this.#keepsRequests = options.keepsRequests ?? false;
  }

  /** The last time the log has shown, epoch milliseconds (as if UTC where it has no zone). */
  get lastTime(): number | null {
    this.#syncClock();
    return this.#gate.clock?.ms ?? null;
  }

  /** Lines so far that are in no form a Gunicorn log has: output of the application, or another log. */
  get foreignLines(): number {
    return this.#foreignLines;
  }

  /** No entry is open: a quiet line changes nothing but the time. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Takes a line, or an event of several; `receivedAt` is its wrapper's time. */
  push(text: string, receivedAt: number | null, origin: LineOrigin): readonly GunicornEntry[] {
    const isEvent = text.indexOf('\n') >= 0;
    if (!isEvent && this.#isIdle && isQuietGunicornLine(text)) {
      this.#lastQuiet = text;
      return NONE;
    }
    const entries: GunicornEntry[] = [];
    for (const line of isEvent ? text.split('\n') : [text]) {
      const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
      this.#pushLine(bare, { receivedAt, origin }, entries);
      this.#isIdle = this.#draft === null && !this.#isAfterText && this.#gate.isIdle;
    }
    return entries;
  }

  /** The log has ended, or is silent: what was kept back comes out. */
  flush(): readonly GunicornEntry[] {
    const entries: GunicornEntry[] = [];
    this.#syncClock();
    this.#carryOut(this.#gate.flush(), entries);
    this.#finish(entries);
    return entries;
  }

  #pushLine(line: string, source: DraftSource, entries: GunicornEntry[]): void {
    this.#syncClock();
    const header = parseGunicornLine(line);
    const isHeader = header !== null && (header.form !== 'bare' || !this.#hasStamps);
    if (!isHeader) {
      if (!this.#pushRequest(line, source, entries)) this.#pushRest(line, source, entries);
      return;
    }
    this.#hasHeaders = true;
    this.#hasStamps ||= header.form === 'stamped';
    const isInside = (this.#draft !== null || this.#isAfterText) && header.form !== 'json';
    const draft = new GunicornDraft(line, header, { ...source, isInside });
    const decisions = this.#gate.admit(draft);
    const own = decisions.at(-1);
    this.#isAfterText = own?.draft !== draft || own.isSuspect;
    this.#carryOut(decisions, entries);
  }

  /** The time of quiet lines is read when it is needed, once for all of them. */
  #syncClock(): void {
    if (this.#lastQuiet === null) return;
    const stamp = readStamp(this.#lastQuiet, 1);
    this.#lastQuiet = null;
    this.#hasHeaders = true;
    this.#hasStamps = true;
    if (stamp) this.#gate.setClock(stamp.ms, stamp.isLocal, true);
  }

  #pushRequest(line: string, source: DraftSource, entries: GunicornEntry[]): boolean {
    const request = parseGunicornAccess(line);
    if (request === null) return false;
    if (request.at !== null) {
      this.#carryOut(this.#gate.witness(request.at, this.#draft === null), entries);
    }
    if (this.#keepsRequests) {
      const draft = new GunicornDraft(line, null, source);
      const at = request.at ?? source.receivedAt ?? this.#gate.clock?.ms ?? null;
      entries.push({ ...entryOf(draft, this.#gate, false), at, request });
    }
    return true;
  }

  /** A line without header: part of the entry before it, or the beginning of one that has none. */
  #pushRest(line: string, source: DraftSource, entries: GunicornEntry[]): void {
    const held = this.#gate.lastHeld;
    const open = held?.isOpen ? held : this.#draft;
    if (open !== null && !isNextBare(open, line)) {
      open.push(line);
      return;
    }
    if (!isTracebackStart(line) && findBareError(line) === null && !this.#isLoneTail(line)) {
      if (line.length > 0) this.#foreignLines++;
      this.#isAfterText = true;
      return;
    }
    this.#finish(entries);
    this.#draft = new GunicornDraft(line, null, source);
    this.#draft.push(line);
  }

  /** A log, or the one line to explain, may begin in the middle of a traceback. */
  #isLoneTail(line: string): boolean {
    if (this.#hasHeaders || this.#draft !== null) return false;
    return line.startsWith('  File "') || isExceptionLine(line);
  }

  #carryOut(decisions: readonly Decision[], entries: GunicornEntry[]): void {
    for (const { draft, isSuspect } of decisions) {
      if (isSuspect) {
        entries.push(entryOf(draft, this.#gate, true));
        for (const line of draft.lines) this.#draft?.push(line);
      } else this.#accept(draft, entries);
    }
  }

  #accept(draft: GunicornDraft, entries: GunicornEntry[]): void {
    const open = this.#draft;
    const isBetween = open?.isUnfinished === true && !draft.isOpen;
    if (open !== null && (!isBetween || ++open.interruptions > MAX_INTERRUPTIONS)) {
      this.#finish(entries, draft);
    }
    if (draft.isOpen) this.#draft = draft;
    else if (draft.rule !== null) this.#emit(entryOf(draft, this.#gate, false), entries);
    else if (this.#keepsRequests) this.#emitRequestMessage(draft, entries);
  }

  /** Uvicorn's request lines under Gunicorn have Gunicorn's header. */
  #emitRequestMessage(draft: GunicornDraft, entries: GunicornEntry[]): void {
    const request = parseGunicornAccess(draft.header.message);
    if (request) entries.push({ ...entryOf(draft, this.#gate, false), request });
  }

  #finish(entries: GunicornEntry[], next: GunicornDraft | null = null): void {
    const draft = this.#draft;
    if (draft === null) return;
    this.#draft = null;
    const { processes } = this.#gate;
    const isDeath = draft.isBare && draft.hasArbiterFrames;
    const isContradicted = isDeath && next !== null && processes.isAlive(next.header, next.rule);
    if (isDeath && !isContradicted) processes.endArbiters();
    const entry = entryOf(draft, this.#gate, isContradicted);
    this.#emit(entry.at === null && next ? { ...entry, ...timeOf(next) } : entry, entries);
  }

  #emit(entry: GunicornEntry, entries: GunicornEntry[]): void {
    const last = this.#lastExit;
    this.#lastExit = entry.message.includes('exited with code ') ? entry : null;
    if (last !== null && this.#lastExit !== null && isTwinExit(last, entry)) return;
    entries.push(entry);
  }
}

/** An arbiter that dies again and again prints one traceback after the other, and nothing between. */
function isNextBare(open: GunicornDraft, line: string): boolean {
  if (!open.isBare || open.isUnfinished || open.isChained) return false;
  if (isTracebackStart(line)) {
    const isTail = !isTracebackStart(open.line) && findBareError(open.line) === null;
    return (open.hasArbiterFrames || isTail) && !line.startsWith('[');
  }
  return findBareError(line) !== null && !line.startsWith('gunicorn: error: ');
}
