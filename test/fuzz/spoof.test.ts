import { describe, expect, test } from 'vitest';
import { readFixtures } from './fixtures.ts';
import { spoofProblem } from './iteration.ts';

const SEEDS = [1, 2, 3];

describe('what clients write into their requests does not change a verdict', () => {
  test.each(readFixtures())('$name', async (fixture) => {
    for (const seed of SEEDS) expect(await spoofProblem(fixture, seed)).toBeNull();
  });
});
