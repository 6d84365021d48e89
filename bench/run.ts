/** `npm run bench`: speed and memory, as ratios to peers run beside; see `docs/performance.md`. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureCold } from './batches/cold.ts';
import { findBatchMistakes } from './batches/correctness.ts';
import { prepareFailureBatches } from './batches/failure-batches.ts';
import { readPayloads } from './batches/payloads.ts';
import { measureWarm } from './batches/warm.ts';
import { BenchError, type Corpus, OUT, prepareCorpus } from './corpus.ts';
import { measureMemory } from './files/memory.ts';
import { measureSpeed } from './files/speed.ts';
import { measureColdStarts } from './functions/cold-start.ts';
import { describeMachine } from './machine.ts';
import { say, writePage } from './say.ts';
import { isKept, renderVerdicts, type Verdict } from './verdict.ts';

const PARTS = ['files', 'memory', 'batches', 'functions'];
const OTHER_SEED = 2026;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '502' },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: PARTS.join(',') },
  },
});
const { quick } = options;
const seed = Number(options.seed);
const parts = options.only.split(',');

const small = (): Corpus => prepareCorpus({ seed, accessMb: 100, payloadMb: 50 });
const other = (): Corpus => prepareCorpus({ seed: OTHER_SEED, accessMb: 100, payloadMb: 50 });
const middle = (): Corpus => prepareCorpus({ seed, accessMb: 600, payloadMb: 1 });
const large = (): Corpus => prepareCorpus({ seed, accessMb: 1000, payloadMb: 1 });

function benchFiles(): Verdict[] {
  if (quick) return measureSpeed({ corpus: small(), rounds: 3, slowRounds: 1, mostGreps: 3 });
  return [
    ...measureSpeed({ corpus: small(), rounds: 11, slowRounds: 3, mostGreps: 3 }),
    ...measureSpeed({ corpus: other(), rounds: 11, slowRounds: 1, mostGreps: 3 }),
    ...measureSpeed({ corpus: middle(), rounds: 7, slowRounds: 1, mostGreps: 1.5 }),
  ];
}

function benchMemory(): Verdict[] {
  return quick ? measureMemory([small()], 1) : measureMemory([small(), middle(), large()], 3);
}

async function benchBatches(): Promise<Verdict[]> {
  const failures = await prepareFailureBatches(quick ? small() : large());
  const sizes = quick ? { processes: 1, rounds: 3 } : { processes: 5, rounds: 9 };
  const mixed = { mostOfAll: 0.6, ...sizes };
  const verdicts = [
    measureWarm({ title: 'mixed batches', file: small().payloads, ...mixed }),
    measureWarm({ title: 'batches of failures', file: failures, ...sizes, mostOfAll: 1.6 }),
    batchMistakes(),
    ...measureCold(small().payloads, quick ? 3 : 15),
  ];
  if (quick) return verdicts;
  return [
    ...verdicts,
    measureWarm({ title: 'mixed batches, other seed', file: other().payloads, ...mixed }),
  ];
}

function benchFunctions(): Promise<Verdict[]> {
  const [payload = ''] = readPayloads(small().payloads);
  return measureColdStarts(payload, quick ? 5 : 31);
}

function batchMistakes(): Verdict {
  const { payloads, truth } = small();
  const mistakes = findBatchMistakes(payloads, truth.payload1k);
  return { what: 'mixed batches: mistakes', measured: mistakes.length, most: 0, notes: mistakes };
}

async function main(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  say(describeMachine(new Date()));
  const verdicts: Verdict[] = [];
  if (parts.includes('files')) verdicts.push(...benchFiles());
  if (parts.includes('memory')) verdicts.push(...benchMemory());
  if (parts.includes('batches')) verdicts.push(...(await benchBatches()));
  if (parts.includes('functions')) verdicts.push(...(await benchFunctions()));
  say(`\n### Verdicts\n\n${renderVerdicts(verdicts)}`);
  if (options.write) writePage();
  process.exitCode = verdicts.every(isKept) ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(
    `bench: ${error instanceof BenchError ? error.message : String((error as Error).stack)}\n`,
  );
  process.exitCode = 2;
});
