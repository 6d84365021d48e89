/** A rate that all instances of all functions keep together, by rows of the table. */
import { AppError } from '../../core/errors.ts';
import type { Table } from '../../core/table.ts';

export type PaceOptions = {
  /** What is paced. */
  readonly name: string;
  readonly perSecond: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly wait: (ms: number) => Promise<void>;
};

/** Resolves when it is the caller's turn; throws an `AppError` when it would not be by `untilMs`. */
export type TakeTurn = (stamp: string, untilMs: number) => Promise<void>;

const SECOND_MS = 1_000;
const LIFE_SECONDS = 60;

/**
 * Turns by the second: `perSecond` rows of each, and who has put one has a turn in it. One process spreads its own
 * evenly; of several, twice as many may come together around the change of a second.
 */
export function paceBy(table: Table, { name, perSecond, clock, wait }: PaceOptions): TakeTurn {
  let lastMs = Number.NEGATIVE_INFINITY;
  return async (stamp, untilMs) => {
    const early = lastMs + SECOND_MS / perSecond - clock();
    if (early > 0) await wait(early);
    for (let now = clock(); now < untilMs; now = clock()) {
      const second = Math.floor(now / SECOND_MS);
      const taken = await table.query({ partition: `P#${name}#${second}`, from: '0', to: '~' });
      const free = slots(perSecond).filter((slot) => !taken.some(({ sort }) => sort === slot));
      for (const sort of free) {
        const row = {
          partition: `P#${name}#${second}`,
          sort,
          body: '{}',
          version: stamp,
          expiresAt: (second + LIFE_SECONDS) * SECOND_MS,
        };
        if (!(await table.putIf(row, null))) continue;
        lastMs = clock();
        return;
      }
      await wait(Math.max(1, (second + 1) * SECOND_MS - clock()));
    }
    throw new AppError('NoTurn', `no turn for ${name} came in time: others had them all`);
  };
}

function slots(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(2, '0'));
}
