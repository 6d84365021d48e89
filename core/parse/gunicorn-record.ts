import type { LineOrigin } from '../model.ts';
import type { GunicornRequest } from './gunicorn-access.ts';
import type { GunicornDraft } from './gunicorn-draft.ts';
import type { HeaderGate } from './gunicorn-gate.ts';

/** One message of a Gunicorn log with all of its lines, or one request line. */
export type GunicornEntry = {
  /**
   * Epoch milliseconds: the entry's own time, else its wrapper's, else that of the lines around it. Read as
   * UTC when `isLocal`. `null` when nothing in the log has a time.
   */
  readonly at: number | null;
  readonly isLocal: boolean;
  /** The process that wrote it. */
  readonly pid: number | null;
  readonly level: string | null;
  readonly message: string;
  /** Everything after the first line, at most 200 lines and 32 kB: head and tail. */
  readonly traceback: readonly string[];
  /** It has no header: an uncaught traceback, or a message on standard error. */
  readonly isBare: boolean;
  /** Whether the arbiter had announced this process's timeout; `null` when it has not been heard. */
  readonly wasTimedOut: boolean | null;
  /**
   * The header may be part of what an application wrote: its time or its process contradicts the log
   * around it. It says nothing: no signal is made of it.
   */
  readonly isSuspect: boolean;
  /** Set for a request line, and nothing else then matters but `at`. */
  readonly request: GunicornRequest | null;
  readonly origin: LineOrigin;
  /** The first line, at most 2,048 characters of it. */
  readonly line: string;
};

/** Gunicorn 21 to 23 write `exited with code 1` and `exited with code 1.` for one exit. */
const TWIN_MS = 2_000;

/** The entry a draft has become, by what the log has shown until now. */
export function entryOf(draft: GunicornDraft, gate: HeaderGate, isSuspect: boolean): GunicornEntry {
  const { pid, level, message } = draft.header;
  const isDated = draft.header.at !== null || draft.receivedAt !== null;
  const around = { at: gate.clock?.ms ?? null, isLocal: gate.clock?.isLocal ?? false };
  return {
    ...(isDated ? timeOf(draft) : around),
    pid,
    level,
    message,
    traceback: draft.lines,
    isBare: draft.isBare,
    wasTimedOut: gate.processes.wasTimedOut(pid),
    isSuspect,
    request: null,
    origin: draft.origin,
    line: draft.line,
  };
}

/** The header's own time, else the wrapper's. */
export function timeOf(draft: GunicornDraft): { at: number | null; isLocal: boolean } {
  const { at, isLocal } = draft.header;
  return at === null ? { at: draft.receivedAt, isLocal: false } : { at, isLocal };
}

/** Whether the entry repeats the one before it, see `TWIN_MS`. */
export function isTwinExit(last: GunicornEntry, entry: GunicornEntry): boolean {
  const isNear = Math.abs((entry.at ?? 0) - (last.at ?? 0)) <= TWIN_MS;
  return isNear && last.pid === entry.pid && `${last.message}.` === entry.message;
}
