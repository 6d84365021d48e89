import { execFileSync } from 'node:child_process';
import { median } from '../median.ts';
import { say } from '../say.ts';
import { renderTable, threeDigits } from '../table.ts';
import type { Verdict } from '../verdict.ts';
import { bundleScript } from './bundle.ts';

/** What is measured on which payloads, and what it may cost. */
export type WarmOptions = {
  readonly title: string;
  readonly file: string;
  /** The most times the cost of `all` that ours may have. */
  readonly mostOfAll: number;
  readonly processes: number;
  readonly rounds: number;
};

type Medians = Readonly<Record<string, number>>;

const WORDS: Readonly<Record<string, string>> = {
  all: 'all: base64, gunzip, JSON.parse',
  sized: 'sized decode floor',
  inflated: 'the same without JSON.parse',
  ours: 'badgateway: decoded, parsed, observed, folded',
  rows: 'the same, redacted, and made into rows',
};

/** A warm process over a set of payloads, in several processes; prints the table. */
export function measureWarm({ title, file, mostOfAll, processes, rounds }: WarmOptions): Verdict {
  const script = bundleScript('worker');
  const runs = Array.from({ length: processes }, () => runWorker(script, file, rounds));
  const ratio = (name: string): number =>
    median(runs.map((medians) => (medians[name] ?? Number.NaN) / (medians.all ?? Number.NaN)));
  const rows = Object.entries(WORDS).map(([name, words]) => [
    words,
    median(runs.map((medians) => medians[name] ?? Number.NaN)).toFixed(1),
    threeDigits(ratio(name)),
  ]);
  say(`\n### ${title}, warm, ${processes} processes of ${rounds} rounds\n\n`);
  say(renderTable(['variant', 'ms a pass', '× all'], rows));
  return { what: `${title}: × all`, measured: ratio('ours'), most: mostOfAll };
}

function runWorker(script: string, file: string, rounds: number): Medians {
  const said = execFileSync(process.execPath, [script, file, String(rounds)], { encoding: 'utf8' });
  return (JSON.parse(said) as { medians: Medians }).medians;
}
