/** Counts what was read and tells people, as the evaluate function does: soon after something came, or when time has passed. */
import type { Settings } from '../../core/diagnose/fix-facts.ts';
import {
  differenceByCause,
  evaluateService,
  type MinuteChange,
} from '../../core/evaluate/evaluate-service.ts';
import type { CountRequests } from '../../core/incident/advance-incidents.ts';
import { afterEvaluation } from '../../core/incident/after-evaluation.ts';
import type { Publish } from '../../core/incident/flush-summary.ts';
import type { Policy } from '../../core/incident/policy.ts';
import type { Table } from '../../core/table.ts';

export type JudgeOptions = {
  readonly service: string;
  readonly settings: Settings;
  readonly policy: Policy;
  readonly table: Table;
  readonly publish: Publish;
  readonly countRequests: CountRequests;
  /** Epoch milliseconds. */
  readonly clock: () => number;
};

/** More turns than that are not needed: states settle within a few. */
const MOST_TURNS = 50;
/** An evaluation takes at most a fifth of the time. */
const REST_FACTOR = 4;
const LONGEST_REST_MS = 15_000;
/** While old lines are read, which nobody waits for. */
const BEHIND_MS = 15_000;
/** After the table failed. */
const RETRY_MS = 5_000;

export class WatchJudge {
  /** Failed requests counted so far. */
  failures = 0;
  published = 0;
  readonly #options: JudgeOptions;
  #hasNews = true;
  #dueMs: number | null = null;
  #notBefore = 0;
  #turns = 0;
  #judgedAt: number;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#judgedAt = options.clock();
  }

  /** There is something to evaluate. */
  noteNews(): void {
    this.#hasNews = true;
  }

  /** Evaluates and tells if it is time to. Throws what the table says, and is to be called again then. */
  async judge({ isBehind }: { readonly isBehind: boolean }): Promise<void> {
    const nowMs = this.#options.clock();
    const isDue = this.#dueMs !== null && nowMs >= this.#dueMs;
    if ((!this.#hasNews && !isDue) || nowMs < this.#notBefore) return;
    if (isBehind && nowMs - this.#judgedAt < BEHIND_MS) return;
    this.#hasNews = false;
    this.#judgedAt = nowMs;
    try {
      await this.#evaluate();
      await this.#tell();
    } catch (error) {
      this.#hasNews = true;
      this.#notBefore = nowMs + RETRY_MS;
      throw error;
    }
    const spentMs = this.#options.clock() - nowMs;
    this.#notBefore = nowMs + spentMs + Math.min(spentMs * REST_FACTOR, LONGEST_REST_MS);
  }

  async #evaluate(): Promise<void> {
    const { table, service, clock } = this.#options;
    const onMinute = (change: MinuteChange) => {
      for (const count of differenceByCause(change).values()) this.failures += count;
    };
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const options = { service, nowMs: clock(), stamp: this.#stamp(), onMinute };
      if (!(await evaluateService(table, options)).isMore) return;
    }
  }

  async #tell(): Promise<void> {
    const { table, publish, countRequests, service, policy, settings, clock } = this.#options;
    const { published, nextDueMs, errors } = await afterEvaluation(
      { table, publish, countRequests },
      { service, policy, settings, nowMs: clock(), stamp: this.#stamp() },
    );
    this.published += published;
    this.#dueMs = nextDueMs;
    const [error] = errors;
    if (error !== undefined) throw error;
  }

  /** No two writes of the table have the same, nor those of another process. */
  #stamp(): string {
    return `${process.pid}.${this.#options.clock()}.${this.#turns++}`;
  }
}
