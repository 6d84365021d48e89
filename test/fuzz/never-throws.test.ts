import { expect, test } from 'vitest';
import { Material } from './inputs.ts';
import { runIteration } from './iteration.ts';

/** A bounded part of `npm run fuzz`, the same every time. */
const FIRST_SEED = 20_261_121;
const ITERATIONS = 1_000;

test('nothing that reads logs breaks on strange lines and damaged files', async () => {
  const material = new Material();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + ITERATIONS; seed++) {
    expect(await runIteration(material, seed), `npm run fuzz -- --once --seed ${seed}`).toBeNull();
  }
}, 120_000);
