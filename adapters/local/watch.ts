/** Goes round: reads what was written, counts and tells, waits a second. */
import { setTimeout as wait } from 'node:timers/promises';
import { isAppError } from '../../core/errors.ts';
import type { SlackQueue } from './slack-queue.ts';
import type { WatchJudge } from './watch-judge.ts';
import type { WatchReader } from './watch-reader.ts';

export type WatchParts = {
  readonly reader: WatchReader;
  readonly judge: WatchJudge;
  /** `null`: nobody is told by Slack. */
  readonly slack: SlackQueue | null;
  /** Takes expired rows out of the table. */
  readonly tidy: () => void;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly onNotice: (text: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
};

const PAUSE_MS = 1_000;
const TIDY_MS = 60_000;
/** What is not posted by then stays in the store, where there is one. */
const LAST_POST_MS = 3_000;

/** Watches until the signal. What the table refuses is said and tried again. */
export async function watch(parts: WatchParts): Promise<void> {
  const { slack, clock, signal } = parts;
  const saying = new Saying(parts);
  let tidiedAt = clock();
  while (!signal.aborted) {
    const isMore = await saying.attempt(() => watchOnce(parts), false);
    slack?.start();
    if (clock() - tidiedAt >= TIDY_MS) {
      tidiedAt = clock();
      await saying.attempt(async () => parts.tidy(), undefined);
    }
    if (!isMore) await pause(PAUSE_MS, signal);
  }
  if (slack) await Promise.race([slack.settled(), pause(LAST_POST_MS, null)]);
}

/** One round. Whether there is more to be read at once. */
export async function watchOnce({
  reader,
  judge,
}: Pick<WatchParts, 'reader' | 'judge'>): Promise<boolean> {
  const { hasNews, isMore } = await reader.round();
  if (hasNews) judge.noteNews();
  await judge.judge({ isBehind: isMore });
  return isMore;
}

async function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  try {
    await wait(ms, undefined, signal ? { signal } : { ref: false });
  } catch {
    // The signal ends the wait, too.
  }
}

/** The same trouble every second is said once a minute. */
class Saying {
  readonly #parts: Pick<WatchParts, 'clock' | 'onNotice'>;
  readonly #saidAt = new Map<string, number>();

  constructor(parts: Pick<WatchParts, 'clock' | 'onNotice'>) {
    this.#parts = parts;
  }

  async attempt<T>(action: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await action();
    } catch (error) {
      // Anything else is a bug, and to be seen as one.
      if (!isAppError(error)) throw error;
      this.#say(`${error.message}; tried again`);
      return otherwise;
    }
  }

  #say(text: string): void {
    const now = this.#parts.clock();
    if (now - (this.#saidAt.get(text) ?? Number.NEGATIVE_INFINITY) < TIDY_MS) return;
    this.#saidAt.clear();
    this.#saidAt.set(text, now);
    this.#parts.onNotice(text);
  }
}
