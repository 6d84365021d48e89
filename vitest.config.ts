import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // How time grows is measured on a quiet machine: `npm run test:linear`.
    exclude: ['test/fuzz/linear-*.test.ts', 'node_modules/**'],
    testTimeout: 20_000,
  },
});
