import { defineConfig } from 'vitest/config';

/** Against an emulated AWS, which Python runs: see test/e2e/ministack.ts. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/setup.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
