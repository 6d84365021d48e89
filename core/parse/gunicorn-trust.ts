/**
 * What a log has shown of Gunicorn's processes. An exception's text may hold a line break and a perfect
 * header after it; whoever wrote that text does not know which processes there are.
 */
import type { GunicornLine } from './gunicorn-error.ts';
import { type MessageRule, readSubjectPid } from './gunicorn-messages.ts';

/**
 * `known`: a process seen before wrote this, and may. `unknown`: nothing speaks for it or against it.
 * `impossible`: it cannot have been written by the process it names, or about the one it names.
 */
export type Credit = 'known' | 'unknown' | 'impossible';

const MAX_ARBITERS = 64;
const MAX_WORKERS = 4096;

/** Learns processes from headers that are believed, and judges others by them. */
export class ProcessWatch {
  /** Pids that spoke as arbiters, and whether they have not yet shut down. */
  readonly #arbiters = new Map<number, boolean>();
  /** Arbiters whose `Starting gunicorn` was seen: all of their workers were seen booting. */
  readonly #started = new Set<number>();
  readonly #workers = new Set<number>();
  readonly #timedOut = new Set<number>();
  #hasAllWorkers = true;
  #expectsStart = false;

  /** What the processes seen so far say about a header. */
  judge(line: GunicornLine, rule: MessageRule | null): Credit {
    const { pid } = line;
    if (pid === null || rule?.kind === 'starting') return 'unknown';
    const isKnown = this.#arbiters.has(pid) || this.#workers.has(pid);
    if (rule === null || rule.by === 'any') return isKnown ? 'known' : 'unknown';
    const subject = readSubjectPid(line.message, rule);
    if (rule.by === 'arbiter') return this.#judgeArbiter(pid, rule, subject);
    const isSelf = rule.kind === 'booting' || rule.kind === 'exiting';
    if (isSelf && subject !== pid) return 'impossible';
    return this.#workers.has(pid) ? 'known' : 'unknown';
  }

  #judgeArbiter(pid: number, rule: MessageRule, subject: number | null): Credit {
    if (rule.kind === 'listening' && subject !== null && subject !== pid) return 'impossible';
    if (this.#arbiters.size === 0) return this.#workers.has(pid) ? 'impossible' : 'unknown';
    if (!this.#arbiters.has(pid)) return 'impossible';
    const isAboutWorker = rule.kind === 'worker-timeout' || rule.kind === 'worker-reaped';
    const isComplete = this.#hasAllWorkers && this.#started.has(pid);
    const isStranger = isAboutWorker && isComplete && !this.#workers.has(subject ?? -1);
    return isStranger ? 'impossible' : 'known';
  }

  /** An arbiter was seen that has neither shut down nor announced a successor (SIGUSR2). */
  get isReplacementUnexpected(): boolean {
    return !this.#expectsStart && [...this.#arbiters.values()].includes(true);
  }

  /**
   * Whether the arbiter's `WORKER TIMEOUT` for this worker was seen: it is always written before the worker
   * is aborted (arbiter.py `murder_workers`). `null` when the arbiter has not been heard in this log.
   */
  wasTimedOut(pid: number | null): boolean | null {
    if (pid !== null && this.#timedOut.has(pid)) return true;
    return this.#arbiters.size === 0 || pid === null ? null : false;
  }

  /** Takes note of a header that is believed. */
  learn(line: GunicornLine, rule: MessageRule | null): void {
    const { pid } = line;
    if (rule === null || pid === null) return;
    if (rule.by === 'arbiter') this.#learnArbiter(pid, rule, line.message);
    if (rule.kind === 'booting') this.#learnWorker(pid);
    if (rule.kind === 'parent-changed') this.endArbiters();
  }

  /** The arbiter is gone: it died without a word, or of an exception. */
  endArbiters(): void {
    for (const pid of this.#arbiters.keys()) this.#arbiters.set(pid, false);
  }

  #learnArbiter(pid: number, rule: MessageRule, message: string): void {
    if (rule.kind === 'starting') this.#beginGeneration(pid);
    if (rule.kind === 'worker-timeout') this.#timedOut.add(readSubjectPid(message, rule) ?? -1);
    if (rule.kind === 'handling-signal') this.#expectsStart = message.endsWith(' usr2');
    if (this.#timedOut.size > MAX_WORKERS) this.#timedOut.clear();
    if (this.#arbiters.size >= MAX_ARBITERS) this.#arbiters.clear();
    this.#arbiters.set(pid, rule.kind !== 'shutting-down' && rule.kind !== 'halt-reason');
  }

  #beginGeneration(pid: number): void {
    this.#expectsStart = false;
    for (const [other, isLive] of this.#arbiters) {
      if (!isLive) this.#arbiters.delete(other);
    }
    if (this.#arbiters.size === 0) {
      this.#workers.clear();
      this.#timedOut.clear();
      this.#started.clear();
      this.#hasAllWorkers = true;
    }
    this.#started.add(pid);
  }

  #learnWorker(pid: number): void {
    this.#workers.add(pid);
    this.#timedOut.delete(pid);
    if (this.#workers.size <= MAX_WORKERS) return;
    this.#workers.clear();
    this.#hasAllWorkers = false;
  }
}
