import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // How time grows is measured on a quiet machine: `npm run test:linear`. An emulated AWS needs Python:
    // `npm run test:e2e`.
    exclude: ['test/fuzz/linear-*.test.ts', 'test/e2e/**', 'node_modules/**'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 20_000,
  },
});
