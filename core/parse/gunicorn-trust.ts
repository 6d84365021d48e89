/**
 * What a log has shown of Gunicorn's processes. An exception's text may hold a line break and a perfect
 * header after it; whoever wrote that text does not know which processes there are.
 */
import type { GunicornLine } from './gunicorn-error.ts';
import { type MessageKind, type MessageRule, readSubjectPid } from './gunicorn-messages.ts';

/**
 * `known`: a process seen before wrote this, and may. `unknown`: nothing speaks for it or against it.
 * `impossible`: it cannot have been written by the process it names, or about the one it names.
 */
export type Credit = 'known' | 'unknown' | 'impossible';

type ArbiterClaim = {
  readonly pid: number;
  readonly rule: MessageRule;
  readonly subject: number | null;
  readonly isInside: boolean;
};

/** After one of these an arbiter may be gone, and another one follow it. */
export const ENDINGS: ReadonlySet<MessageKind> = new Set([
  'starting',
  'exiting',
  'parent-changed',
  'shutting-down',
  'halt-reason',
  'handling-signal',
]);
/** What only a running arbiter has reason to write, and a forger none. */
const SURE_KINDS: ReadonlySet<MessageKind> = new Set([
  'starting',
  'listening',
  'using-worker',
  'handling-signal',
]);

const MAX_ARBITERS = 64;
const MAX_WORKERS = 4096;

/** Learns processes from headers that are believed, and judges others by them. */
export class ProcessWatch {
  /** Pids that spoke as arbiters, and whether they have not yet shut down. */
  readonly #arbiters = new Map<number, boolean>();
  /** One of them said so outside of any text of the application: others cannot be it. */
  #isArbiterSure = false;
  /** Arbiters whose `Starting gunicorn` was seen: all of their workers were seen booting. */
  readonly #started = new Set<number>();
  readonly #workers = new Set<number>();
  readonly #timedOut = new Set<number>();
  #hasAllWorkers = true;
  #expectsStart = false;

  /** What the processes seen so far say about a header; `isInside`: it may be part of a text. */
  judge(line: GunicornLine, rule: MessageRule | null, isInside: boolean): Credit {
    const { pid } = line;
    if (pid === null || rule?.kind === 'starting') return 'unknown';
    const subject = rule === null ? null : readSubjectPid(line.message, rule);
    if (rule?.by === 'arbiter') return this.#judgeArbiter({ pid, rule, subject, isInside });
    const isSelf = rule?.kind === 'booting' || rule?.kind === 'exiting';
    if (isSelf && subject !== pid) return 'impossible';
    const isArbiters = rule?.by !== 'worker' && this.#arbiters.has(pid);
    if (isArbiters || this.#workers.has(pid)) return 'known';
    const isStranger = isInside && rule !== null && rule.kind !== 'booting';
    return isStranger && this.#hasAllWorkers && this.#started.size > 0 ? 'impossible' : 'unknown';
  }

  #judgeArbiter({ pid, rule, subject, isInside }: ArbiterClaim): Credit {
    if (rule.kind === 'listening' && subject !== null && subject !== pid) return 'impossible';
    if (!this.#arbiters.has(pid)) {
      const isAnother = this.#isArbiterSure || (isInside && this.#arbiters.size > 0);
      return isAnother || this.#workers.has(pid) ? 'impossible' : 'unknown';
    }
    const isAboutWorker = rule.kind === 'worker-timeout' || rule.kind === 'worker-reaped';
    const isComplete = this.#hasAllWorkers && this.#started.has(pid);
    const isStranger = isAboutWorker && isComplete && !this.#workers.has(subject ?? -1);
    return isStranger ? 'impossible' : 'known';
  }

  /** Another arbiter was seen that has neither shut down nor announced a successor (SIGUSR2). */
  isUnexpectedArbiter(pid: number | null): boolean {
    if (this.#expectsStart || (pid !== null && this.#arbiters.has(pid))) return false;
    return [...this.#arbiters.values()].includes(true);
  }

  /** Whether this header shows that the arbiter lives on: it, or a worker that does not end, wrote it. */
  isAlive(line: GunicornLine, rule: MessageRule | null): boolean {
    const isEnding = rule !== null && ENDINGS.has(rule.kind);
    const { pid } = line;
    if (pid === null || isEnding || !this.#isArbiterSure) return false;
    return this.#workers.has(pid) || this.#arbiters.get(pid) === true;
  }

  /**
   * Whether the arbiter's `WORKER TIMEOUT` for this worker was seen: it is always written before the worker
   * is aborted (arbiter.py `murder_workers`). `null` when the arbiter has not been heard in this log.
   */
  wasTimedOut(pid: number | null): boolean | null {
    if (pid !== null && this.#timedOut.has(pid)) return true;
    return this.#arbiters.size === 0 || pid === null ? null : false;
  }

  /**
   * Takes note of a header that is believed. One inside an application's text makes no arbiter sure, but a
   * start of Gunicorn does: a forged arbiter would make the real one's headers impossible.
   */
  learn(line: GunicornLine, rule: MessageRule | null, isInside: boolean): void {
    const { pid } = line;
    if (rule === null || pid === null) return;
    if (rule.by === 'arbiter') {
      this.#learnArbiter(pid, rule, line.message);
      const isSure = SURE_KINDS.has(rule.kind) && (!isInside || rule.kind === 'starting');
      this.#isArbiterSure ||= isSure;
    }
    if (rule.kind === 'booting') this.#learnWorker(pid);
    if (rule.kind === 'worker-timeout') this.#learnTimeout(readSubjectPid(line.message, rule));
    if (rule.kind === 'parent-changed') this.endArbiters();
  }

  /** The arbiter is gone: it died without a word, or of an exception. */
  endArbiters(): void {
    for (const pid of this.#arbiters.keys()) this.#arbiters.set(pid, false);
  }

  #learnArbiter(pid: number, rule: MessageRule, message: string): void {
    if (rule.kind === 'starting') this.#beginGeneration(pid);
    if (rule.kind === 'handling-signal') this.#expectsStart = message.endsWith(' usr2');
    if (this.#arbiters.size >= MAX_ARBITERS) this.#arbiters.clear();
    this.#arbiters.set(pid, rule.kind !== 'shutting-down' && rule.kind !== 'halt-reason');
  }

  #beginGeneration(pid: number): void {
    this.#expectsStart = false;
    for (const [other, isLive] of this.#arbiters) {
      if (!isLive) this.#arbiters.delete(other);
    }
    if (this.#arbiters.size === 0) {
      this.#isArbiterSure = false;
      this.#workers.clear();
      this.#timedOut.clear();
      this.#started.clear();
      this.#hasAllWorkers = true;
    }
    this.#started.add(pid);
  }

  #learnTimeout(pid: number | null): void {
    if (this.#timedOut.size > MAX_WORKERS) this.#timedOut.clear();
    if (pid !== null) this.#timedOut.add(pid);
  }

  #learnWorker(pid: number): void {
    this.#workers.add(pid);
    this.#timedOut.delete(pid);
    if (this.#workers.size <= MAX_WORKERS) return;
    this.#workers.clear();
    this.#hasAllWorkers = false;
  }
}
