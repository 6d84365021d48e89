import { defineConfig } from 'vitest/config';

/** One after another: a busy neighbour would be taken for a slow parser. */
export default defineConfig({
  test: {
    include: ['test/fuzz/linear-*.test.ts'],
    fileParallelism: false,
    retry: 2,
    testTimeout: 120_000,
  },
});
