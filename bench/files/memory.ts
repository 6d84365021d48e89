import { peakMemoryMb } from '../command.ts';
import type { Corpus } from '../corpus.ts';
import { median } from '../median.ts';
import { say } from '../say.ts';
import { renderTable } from '../table.ts';
import type { Verdict } from '../verdict.ts';
import { diagnoseCommand } from './contestants.ts';

const MOST_MB = 150;
/** Peaks differ by some MB from run to run with the garbage collector's timing. */
const MOST_GROWTH = 1.15;

/** Peak memory of `diagnose` over corpora of growing size; prints the table. */
export function measureMemory(corpora: readonly Corpus[], runs: number): Verdict[] {
  const peaks = corpora.map((corpus) => {
    const values = Array.from({ length: runs }, () => peakMemoryMb(diagnoseCommand(corpus)));
    return { corpus, middle: median(values), highest: Math.max(...values) };
  });
  const rows = peaks.map(({ corpus, middle, highest }) => [
    corpus.name,
    middle.toFixed(0),
    highest.toFixed(0),
  ]);
  say(`\n### Peak memory, MB, ${runs} runs each\n\n`);
  say(renderTable(['badgateway diagnose', 'median', 'highest'], rows));
  const growth = (peaks.at(-1)?.middle ?? 0) / (peaks[0]?.middle ?? 0);
  return [
    ...peaks.map(({ corpus, highest }) => ({
      what: `${corpus.name}: peak memory, MB`,
      measured: highest,
      most: MOST_MB,
    })),
    { what: 'peak memory, largest ÷ smallest input', measured: growth, most: MOST_GROWTH },
  ];
}
