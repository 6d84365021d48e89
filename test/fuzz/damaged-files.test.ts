import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { BZIP2_SAMPLE } from './damage.ts';
import { readFixtures } from './fixtures.ts';
import { checkResult, diagnoseLogs } from './pipeline.ts';

const fixture = readFixtures().find(({ name }) => name.startsWith('not-started'));
const errors = fixture?.logs.find(({ role }) => role === 'error')?.lines ?? [];
const plain = Buffer.from(`${errors.join('\n')}\n`, 'latin1');

const PACKED: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(plain),
  zstd: zstdCompressSync(plain),
  bzip2: BZIP2_SAMPLE,
};

/** What a user gets: a result that holds what it promises, or an `AppError`'s code. */
async function outcomeOf(bytes: Buffer): Promise<string> {
  try {
    const result = await diagnoseLogs([{ name: 'error.log', role: 'error', bytes }]);
    checkResult(result);
    return result.problems.map(({ code }) => code).join();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe.each(Object.entries(PACKED))('a %s file', (_name, packed) => {
  test('is read when it is whole', async () => {
    expect(await outcomeOf(packed)).toBe('');
  });

  test('is reported, and nothing worse, wherever it is cut off', async () => {
    for (let length = 4; length < packed.length; length += Math.ceil(packed.length / 40)) {
      expect(await outcomeOf(packed.subarray(0, length)), `cut to ${length}`).not.toBe('');
    }
  });

  test('does nothing worse than be reported when a byte is wrong', async () => {
    for (let at = 0; at < packed.length; at += Math.ceil(packed.length / 40)) {
      const wrong = Buffer.from(packed);
      wrong[at] = (wrong[at] ?? 0) ^ 0x5a;
      expect(typeof (await outcomeOf(wrong)), `byte ${at}`).toBe('string');
    }
  });
});
