/** One process of the batch benchmark: all variants, interleaved; prints the median of each in milliseconds. */
import { interleave } from '../interleave.ts';
import { median } from '../median.ts';
import { decodePlainly, decodeSized, inflateSized } from './decode.ts';
import { ingest, ingestIntoRows } from './ours.ts';
import { readPayloads } from './payloads.ts';

const WARM_MS = 500;
const [file = '', rounds = '5'] = process.argv.slice(2);
const payloads = readPayloads(file);
/** Keeps what is made from being found useless, and left out, by the compiler. */
let kept = 0;

type Variant = (data: string) => unknown;

const variants: Readonly<Record<string, Variant>> = {
  all: decodePlainly,
  sized: decodeSized,
  inflated: inflateSized,
  ours: ingest,
  rows: ingestIntoRows,
};

function pass(take: Variant): number {
  const startedAt = performance.now();
  for (const data of payloads) kept += typeof take(data) === 'object' ? 1 : 0;
  return performance.now() - startedAt;
}

/** Until the compiler has nothing more to learn, also from a small set. */
function warmUp(take: Variant): void {
  for (let passes = 0, spentMs = 0; passes < 2 || spentMs < WARM_MS; passes++)
    spentMs += pass(take);
}

for (const take of Object.values(variants)) warmUp(take);
const contestants = Object.entries(variants).map(([name, take]) => ({
  name,
  run: () => pass(take),
}));
const times = interleave(contestants, Number(rounds));
const medians = Object.fromEntries([...times].map(([name, values]) => [name, median(values)]));
process.stdout.write(`${JSON.stringify({ payloads: payloads.length, kept, medians })}\n`);
