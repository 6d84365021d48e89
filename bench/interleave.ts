/** Something to be measured; `run` returns its own time in milliseconds. */
export type Contestant = {
  readonly name: string;
  readonly run: () => number;
  /** Rounds it takes part in; all of them when not given. For what takes minutes. */
  readonly rounds?: number;
};

/** The times of each contestant by name, round by round. */
export type Times = ReadonlyMap<string, readonly number[]>;

/**
 * Runs all contestants once a round, each round starting with another one, so that a machine that gets slower
 * or busier meets all of them alike.
 */
export function interleave(contestants: readonly Contestant[], rounds: number): Times {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length];
      if (contestant === undefined || round >= (contestant.rounds ?? rounds)) continue;
      times.get(contestant.name)?.push(contestant.run());
    }
  }
  return times;
}
