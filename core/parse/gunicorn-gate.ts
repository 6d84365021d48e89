/**
 * Decides which headers to believe. A header inside an exception's text (or after any other text the
 * application wrote) looks like a real one; what gives it away is a time that the lines around it
 * contradict, or a process that cannot have written it. A header that nothing contradicts is believed.
 */
import type { GunicornDraft } from './gunicorn-draft.ts';
import { type Credit, ProcessWatch } from './gunicorn-trust.ts';

/** A header about which there is a decision. */
export type Decision = { readonly draft: GunicornDraft; readonly isSuspect: boolean };

/** Lines of one log may be this much out of order: several processes write it. */
const SLACK_MS = 5_000;
/** Headers kept back until a later line speaks for or against them; then they are believed. */
const MAX_HELD = 24;
/** After one of these an arbiter may be followed by another one. */
const ENDINGS = new Set(['exiting', 'parent-changed', 'shutting-down', 'handling-signal']);

/** The state of a log: its clock, its processes, and the headers it has not decided about. */
export class HeaderGate {
  readonly processes = new ProcessWatch();
  /** Time of the last header believed. */
  #clock: number | null = null;
  /** Whether the log's own lines have a zone; lines of other loggers, that differ, are no clock. */
  #isLocal: boolean | null = null;
  #lagMs: number | null = null;
  #held: GunicornDraft[] = [];
  /** The pids of an arbiter that came out of a traceback while another one lived. */
  #trial: Set<number> | null = null;

  get isIdle(): boolean {
    return this.#held.length === 0;
  }

  get lastHeld(): GunicornDraft | null {
    return this.#held.at(-1) ?? null;
  }

  get clock(): { ms: number; isLocal: boolean } | null {
    return this.#clock === null ? null : { ms: this.#clock, isLocal: this.#isLocal === true };
  }

  /** A line that needs no decision had this time. */
  setClock(ms: number, isLocal: boolean): void {
    this.#isLocal ??= isLocal;
    if (this.#isLocal === isLocal) this.#clock = ms;
  }

  /** Takes a header; `isInside`: it follows text that may have been made to look like it. */
  admit(draft: GunicornDraft, isInside: boolean): Decision[] {
    const credit = this.processes.judge(draft.header, draft.rule);
    if (this.#trial !== null) return this.#try(draft, credit, isInside, this.#trial);
    const isTrusted = credit === 'known' || !isInside;
    const decided = this.isIdle ? [] : this.#settle(this.#timeOf(draft), isTrusted);
    if (credit === 'impossible') return [...decided, { draft, isSuspect: true }];
    if (isInside && draft.rule?.kind === 'starting' && this.processes.isReplacementUnexpected) {
      this.#trial = new Set([draft.header.pid ?? -1]);
      this.#held.push(draft);
      return decided;
    }
    const own = this.#weigh(draft, credit, isInside);
    return decided.length === 0 ? own : [...decided, ...own];
  }

  /** A request line was logged at this time. */
  witness(at: number): Decision[] {
    const isAsked = this.#held.length > 0 && this.#trial === null && this.#isLocal === false;
    return isAsked ? this.#settle(at, false) : [];
  }

  /** The log has ended: what nothing contradicted is believed. */
  flush(): Decision[] {
    this.#trial = null;
    return this.#release(() => false);
  }

  #timeOf(draft: GunicornDraft): number | null {
    const isComparable = this.#isLocal === null || this.#isLocal === draft.header.isLocal;
    return isComparable ? draft.header.at : null;
  }

  /** Decides by time and by who wrote it: now, or after the next line. */
  #weigh(draft: GunicornDraft, credit: Credit, isInside: boolean): Decision[] {
    const at = this.#timeOf(draft);
    const gap = at === null || this.#clock === null ? 0 : at - this.#clock;
    if (isInside && (gap < -SLACK_MS || this.#isLate(draft))) return [{ draft, isSuspect: true }];
    const isPlausible = Math.abs(gap) <= SLACK_MS || (gap > 0 && credit === 'known');
    const isHarmless = draft.rule === null && !isInside;
    if (this.#held.length === 0 && (isPlausible || isHarmless)) return [this.#believe(draft)];
    this.#held.push(draft);
    return [];
  }

  /** The wrapper's clock and the header's agreed so far, and do not here. */
  #isLate(draft: GunicornDraft): boolean {
    const lag = lagOf(draft);
    const isSteady = this.#lagMs !== null && Math.abs(this.#lagMs) <= SLACK_MS;
    return isSteady && lag !== null && Math.abs(lag) > SLACK_MS;
  }

  #believe(draft: GunicornDraft): Decision {
    this.processes.learn(draft.header, draft.rule);
    if (draft.header.at !== null) this.setClock(draft.header.at, draft.header.isLocal);
    this.#lagMs = lagOf(draft) ?? this.#lagMs;
    return { draft, isSuspect: false };
  }

  /** A later line's time is known: headers that both sides of them contradict are forged. */
  #settle(at: number | null, isTrusted: boolean): Decision[] {
    const isForged = (draft: GunicornDraft) => this.#isOutOfOrder(draft, at);
    if (this.#held.some(isForged)) return this.#release(isForged);
    const isFull = this.#held.length >= MAX_HELD;
    return isFull || (isTrusted && at !== null) ? this.#release(() => false) : [];
  }

  #isOutOfOrder(draft: GunicornDraft, next: number | null): boolean {
    const at = this.#timeOf(draft);
    if (at === null || next === null || this.#clock === null) return false;
    const isAhead = at > this.#clock + SLACK_MS && at > next + SLACK_MS;
    const isBehind = at < this.#clock - SLACK_MS && at < next - SLACK_MS;
    return isAhead || isBehind;
  }

  #release(isForged: (draft: GunicornDraft) => boolean): Decision[] {
    const forged = this.#held.filter(isForged);
    const held = this.#held;
    this.#held = [];
    return held.map((draft) =>
      forged.includes(draft) ? { draft, isSuspect: true } : this.#believe(draft),
    );
  }

  /** A new arbiter is on trial: the old one's processes carry on, or end, or are heard no more. */
  #try(draft: GunicornDraft, credit: Credit, isInside: boolean, pids: Set<number>): Decision[] {
    const isOld = credit === 'known' && !pids.has(draft.header.pid ?? -1);
    if (isOld || this.#held.length >= MAX_HELD) {
      this.#trial = null;
      const isForged = isOld && !ENDINGS.has(draft.rule?.kind ?? '');
      const decided = this.#release(() => isForged);
      return [...decided, ...this.admit(draft, isInside)];
    }
    this.#held.push(draft);
    return [];
  }
}

/** How far the wrapper's time is behind the header's, in milliseconds. */
function lagOf(draft: GunicornDraft): number | null {
  const { at, isLocal } = draft.header;
  return at === null || isLocal || draft.receivedAt === null ? null : draft.receivedAt - at;
}
