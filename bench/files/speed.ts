import { type Command, timeCommand } from '../command.ts';
import type { Corpus } from '../corpus.ts';
import { type Contestant, interleave, type Times } from '../interleave.ts';
import { median, medianRatio } from '../median.ts';
import { say } from '../say.ts';
import { renderTable, threeDigits } from '../table.ts';
import type { Verdict } from '../verdict.ts';
import { diagnoseCommand, grepCommand, peerCommands } from './contestants.ts';
import { findMistakes } from './correctness.ts';

export type SpeedOptions = {
  readonly corpus: Corpus;
  readonly rounds: number;
  /** Rounds for peers that take tens of times longer. */
  readonly slowRounds: number;
  /** The most times the wall time of `grep -c` that `diagnose` may take. */
  readonly mostGreps: number;
};

const SLOW = ['mtail', 'goaccess'];
const LEAST_TIMES_FASTER_THAN_GOACCESS = 25;

/** Whole processes over one corpus, interleaved; prints the table and returns what was to be shown. */
export function measureSpeed(options: SpeedOptions): Verdict[] {
  const { corpus, rounds, slowRounds } = options;
  const ours = diagnoseCommand(corpus);
  const grep = grepCommand(corpus);
  const commands = [grep, ours, ...peerCommands(corpus)];
  for (const command of [ours, grep]) timeCommand(command);
  const times = interleave(
    commands.map((command) => contestantOf(command, slowRounds)),
    rounds,
  );
  say(`\n### Files: ${corpus.name}, ${rounds} interleaved rounds\n\n`);
  say(renderTimes(times, grep.name));
  const toGrep = medianRatio(times.get(ours.name) ?? [], times.get(grep.name) ?? []);
  const mistakes = findMistakes(corpus);
  return [
    { what: `${corpus.name}: × grep -c`, measured: toGrep, most: options.mostGreps },
    { what: `${corpus.name}: mistakes`, measured: mistakes.length, most: 0, notes: mistakes },
    ...againstGoaccess(corpus, times, ours),
  ];
}

function contestantOf(command: Command, slowRounds: number): Contestant {
  const run = () => timeCommand(command);
  const { name } = command;
  return SLOW.includes(name) ? { name, run, rounds: slowRounds } : { name, run };
}

function renderTimes(times: Times, base: string): string {
  const baseTimes = times.get(base) ?? [];
  const best = Math.min(...baseTimes);
  const rows = [...times].map(([name, values]) => [
    name,
    (median(values) / 1000).toFixed(3),
    threeDigits(medianRatio(values, baseTimes)),
    (Math.min(...values) / 1000).toFixed(3),
    threeDigits(Math.min(...values) / best),
    String(values.length),
  ]);
  return renderTable(['command', 'median s', `× ${base}`, 'best s', '× its best', 'runs'], rows);
}

function againstGoaccess(corpus: Corpus, times: Times, ours: Command): Verdict[] {
  const goaccess = times.get('goaccess') ?? [];
  if (goaccess.length === 0) return [];
  const faster = medianRatio(goaccess, times.get(ours.name) ?? []);
  const what = `${corpus.name}: times faster than goaccess`;
  return [{ what, measured: faster, least: LEAST_TIMES_FASTER_THAN_GOACCESS }];
}
