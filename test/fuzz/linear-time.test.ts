import { describe, expect, test } from 'vitest';
import { findSteepness } from './growth.ts';
import { TARGETS, type Target } from './targets.ts';
import { HEADS, UNITS } from './worst-inputs.ts';

/** Characters of the smallest input; the larger ones are 8 and 64 times that. */
const SIZE = 4_096;
/** For 33 kB: past it even a loop over every character of every character's rest shows. */
const QUICK_MS = 1.5;

/**
 * These compress what they are given first, so that a few inputs take as long as all do elsewhere; what they get is
 * made into a document, or is none and goes straight to V8's own `JSON.parse`.
 */
const OF_DOCUMENTS = 'awslogs';

const LINEAR = Object.entries(TARGETS).filter(([name]) => name !== 'awslogs document');

/** The inputs on which the target's time grows faster than its input, in words. */
function findSteepInputs(target: Target, heads: Readonly<Record<string, string>>): string[] {
  return Object.entries(heads).flatMap(([name, head]) =>
    UNITS.flatMap((unit) => {
      const workload = (size: number): void =>
        target(head + unit.repeat(Math.ceil(size / unit.length)));
      const steepness = findSteepness(workload, SIZE, QUICK_MS);
      return steepness === null ? [] : [`${name} + ${JSON.stringify(unit)} × n: ${steepness}`];
    }),
  );
}

describe('time grows no faster than the input', () => {
  test.each(LINEAR)('%s', { timeout: 120_000 }, (name, target) => {
    const heads = name.startsWith(OF_DOCUMENTS) ? { nothing: '' } : HEADS;
    expect(findSteepInputs(target, heads)).toEqual([]);
  });
});
