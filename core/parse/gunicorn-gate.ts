/**
 * Decides which headers to believe. A header inside an exception's text (or after any other text the
 * application wrote) looks like a real one; what gives it away is a time that the lines around it
 * contradict, or a process that cannot have written it. A header that nothing contradicts is believed.
 */
import type { GunicornDraft } from './gunicorn-draft.ts';
import { type Credit, ENDINGS, ProcessWatch } from './gunicorn-trust.ts';

/** A header about which there is a decision. */
export type Decision = { readonly draft: GunicornDraft; readonly isSuspect: boolean };

/** Lines of one log may be this much out of order: several processes write it. */
const SLACK_MS = 5_000;
/** A gap to nothing: more than the slack, and not long enough to be wrong. */
const UNKNOWN_GAP_MS = 2 * SLACK_MS;
const DAY_MS = 86_400_000;
/** Headers kept back until a later line speaks for or against them; then they are believed. */
const MAX_HELD = 24;

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
  setClock(ms: number, isLocal: boolean, isOwn: boolean): void {
    if (isOwn || this.#isLocal === null) this.#isLocal = isLocal;
    if (this.#isLocal === isLocal) this.#clock = ms;
  }

  /** Takes the next header of the log. */
  admit(draft: GunicornDraft): Decision[] {
    const credit = this.processes.judge(draft.header, draft.rule, draft.isInside);
    if (this.#trial !== null) return this.#try(draft, credit, this.#trial);
    const isTrusted = credit === 'known' || draft.rule === null;
    const decided = this.isIdle ? [] : this.#settle(this.#timeOf(draft), isTrusted);
    if (credit === 'impossible') return [...decided, { draft, isSuspect: true }];
    if (this.#isUnexpectedStart(draft)) {
      this.#trial = new Set([draft.header.pid ?? -1]);
      this.#held.push(draft);
      return decided;
    }
    const own = this.#weigh(draft, credit);
    return decided.length === 0 ? own : [...decided, ...own];
  }

  /** A request line was logged at this time; `isTrusted`: outside of any traceback. */
  witness(at: number, isTrusted: boolean): Decision[] {
    const isAsked = this.#held.length > 0 && this.#trial === null && this.#isLocal === false;
    return isAsked ? this.#settle(at, isTrusted) : [];
  }

  /** The log has ended: what nothing contradicted is believed, unless it is days away from the rest. */
  flush(): Decision[] {
    this.#trial = null;
    let around = this.#clock;
    return this.#release((draft) => {
      const at = this.#timeOf(draft);
      const isFar = at !== null && around !== null && Math.abs(at - around) > DAY_MS;
      if (draft.isUnfolded) around ??= at;
      return draft.isInside && isFar;
    });
  }

  #isUnexpectedStart({ header, rule, isInside }: GunicornDraft): boolean {
    const isStart = isInside && rule?.kind === 'starting';
    return isStart && this.processes.isUnexpectedArbiter(header.pid);
  }

  #timeOf(draft: GunicornDraft): number | null {
    const isComparable = this.#isLocal === null || this.#isLocal === draft.header.isLocal;
    return isComparable ? draft.header.at : null;
  }

  /** Decides by time and by who wrote it: now, or after the next line. */
  #weigh(draft: GunicornDraft, credit: Credit): Decision[] {
    if (draft.isInside && this.#isLate(draft)) return [{ draft, isSuspect: true }];
    const gap = this.#gapOf(draft);
    const isPlausible = Math.abs(gap) <= SLACK_MS || (gap > 0 && credit === 'known');
    const isHarmless = draft.rule === null && !draft.isInside;
    if (this.#held.length === 0 && (isPlausible || isHarmless)) return [this.#believe(draft)];
    this.#held.push(draft);
    return [];
  }

  /** Milliseconds since the last header believed. A log that begins with Gunicorn's start begins there. */
  #gapOf(draft: GunicornDraft): number {
    const at = this.#timeOf(draft);
    if (at === null) return 0;
    if (this.#clock !== null) return at - this.#clock;
    return draft.isInside && draft.rule?.kind !== 'starting' ? UNKNOWN_GAP_MS : 0;
  }

  /** The wrapper's clock and the header's agreed so far, and do not here. */
  #isLate(draft: GunicornDraft): boolean {
    const lag = lagOf(draft);
    const isSteady = this.#lagMs !== null && Math.abs(this.#lagMs) <= SLACK_MS;
    return isSteady && lag !== null && Math.abs(lag) > SLACK_MS;
  }

  #believe(draft: GunicornDraft): Decision {
    const { header, rule } = draft;
    this.processes.learn(header, rule, draft.isInside);
    if (header.at !== null) this.setClock(header.at, header.isLocal, rule !== null);
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
    if (at === null || next === null) return false;
    const before = this.#clock ?? Number.NEGATIVE_INFINITY;
    const isAhead = at > before + SLACK_MS && at > next + SLACK_MS;
    const isBehind = at < before - SLACK_MS && at < next - SLACK_MS;
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
  #try(draft: GunicornDraft, credit: Credit, pids: Set<number>): Decision[] {
    const isOld = credit === 'known' && !pids.has(draft.header.pid ?? -1);
    if (isOld || this.#held.length >= MAX_HELD) {
      this.#trial = null;
      const isForged = isOld && !(draft.rule && ENDINGS.has(draft.rule.kind));
      const decided = this.#release(() => isForged);
      return [...decided, ...this.admit(draft)];
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
