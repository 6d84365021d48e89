// Bundles the command line tool into two CommonJS files: what every run needs (badgateway.cjs), and everything that a
// command needs when it is called (commands.cjs). Node reads a file whole before it runs a line of it, so that one
// file would make `--help` wait for the catalogue; ES modules would load more of Node. Runs on Node 20 in `npm ci`.
// Another directory than dist can be given.
import { chmodSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const directory = process.argv[2] ?? join(root, 'dist');
const commands = new Set();

/** What the entry imports of its own folder when it is called goes to the other file. */
const splitOff = {
  name: 'split-off',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\.\// }, async ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const found = await resolve(path, { kind: 'import-statement', resolveDir });
      if (found.errors.length > 0) return { errors: found.errors };
      commands.add(found.path);
      return { path: './commands.cjs', external: true };
    });
  },
};

/** Commander would start commands that are programs of their own: there are none, and the module takes long to load. */
const withoutPrograms = {
  name: 'without-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, () => ({ path: 'none', namespace: 'empty' }));
    onLoad({ filter: /^/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }));
  },
};

const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'eof',
  mainFields: ['module', 'main'],
  define: {
    BADGATEWAY_VERSION: JSON.stringify(version),
    SCAN_WORKER: '"scan-worker.cjs"',
  },
  // `require` instead: `import()` would start the loader of ES modules.
  supported: { 'dynamic-import': false },
  metafile: true,
  logLevel: 'warning',
  // Only reached from source, where SCAN_WORKER is not defined.
  logOverride: { 'empty-import-meta': 'silent' },
};

await build({
  ...options,
  entryPoints: ['adapters/local/streams/scan-worker.ts'],
  outfile: join(directory, 'scan-worker.cjs'),
});
const entry = await build({
  ...options,
  entryPoints: ['bin/badgateway.ts'],
  outfile: join(directory, 'badgateway.cjs'),
  banner: { js: '#!/usr/bin/env node' },
  plugins: [splitOff, withoutPrograms],
});
const rest = await build({
  ...options,
  stdin: {
    contents: [...commands]
      .sort()
      .map((path) => `export * from './${relative(root, path)}';`)
      .join('\n'),
    resolveDir: root,
  },
  outfile: join(directory, 'commands.cjs'),
});
chmodSync(join(directory, 'badgateway.cjs'), 0o755);
for (const { metafile } of [entry, rest]) {
  for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
    process.stdout.write(`${path} ${version}, ${Math.ceil(bytes / 1024)} kB\n`);
  }
}
