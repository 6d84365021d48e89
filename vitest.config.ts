import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // How time grows is measured on a quiet machine: `npm run test:linear`. An emulated AWS needs Python:
    // `npm run test:e2e`. A page needs a browser: `npm run test:browser`.
    exclude: ['test/fuzz/linear-*.test.ts', 'test/{e2e,browser}/**', 'node_modules/**'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 20_000,
  },
});
