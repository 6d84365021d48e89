import { readFileSync } from 'node:fs';
import { outputOf } from '../command.ts';
import type { Corpus } from '../corpus.ts';
import { diagnoseCommand } from './contestants.ts';

/** The part of `diagnose --format json` that the generator's truth can be held against. */
type Report = {
  readonly requests: {
    readonly total: number;
    readonly byStatus: Readonly<Record<string, number>>;
  } | null;
  readonly failures: number;
  readonly diagnoses: readonly {
    readonly cause: string;
    readonly failures: number;
    readonly byStatus: Readonly<Record<string, number>>;
  }[];
};

/** What the last run of `diagnose` on this corpus got wrong, one sentence each; none when it is right. */
export function findMistakes(corpus: Corpus): string[] {
  const report = JSON.parse(readFileSync(outputOf(diagnoseCommand(corpus)), 'utf8')) as Report;
  return [...wrongTotals(report, corpus), ...wrongFailures(report, corpus)];
}

function wrongTotals({ requests }: Report, { truth }: Corpus): string[] {
  const said = requests?.byStatus ?? {};
  const statuses = new Set([...Object.keys(said), ...Object.keys(truth.status)]);
  const wrong = [...statuses].filter((one) => (said[one] ?? 0) !== (truth.status[one] ?? 0));
  const sentences = wrong.map(
    (one) => `status ${one}: said ${said[one] ?? 0}, it is ${truth.status[one] ?? 0}`,
  );
  const isTotal = requests?.total === truth.lines;
  return isTotal
    ? sentences
    : [...sentences, `requests: said ${requests?.total}, there are ${truth.lines}`];
}

/** Every 502 and 504 is a failure; a 500 only as a proved worker timeout. Each has one cause. */
function wrongFailures({ failures, diagnoses }: Report, { truth }: Corpus): string[] {
  const certain = (truth.status['502'] ?? 0) + (truth.status['504'] ?? 0);
  const timedOut = sum(diagnoses.map((one) => byTimeout(one)));
  const sentences: string[] = [];
  if (failures !== certain + timedOut) {
    sentences.push(`failures: said ${failures}, there are ${certain} and ${timedOut} proved 500s`);
  }
  if (timedOut > (truth.status['500'] ?? 0)) sentences.push(`${timedOut} 500s are not there`);
  const attributed = sum(diagnoses.map((one) => one.failures));
  if (attributed !== failures) {
    sentences.push(`${attributed} failures have a cause, ${failures} were counted`);
  }
  return sentences;
}

function byTimeout({ cause, byStatus }: Report['diagnoses'][number]): number {
  return cause.startsWith('worker-timeout') ? (byStatus['500'] ?? 0) : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
