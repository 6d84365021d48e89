// Bundles all that runs without our sources, into dist or another directory that is given. Runs on Node 20 in `npm ci`.
// - badgateway.cjs, commands.cjs, config.cjs, watch.cjs, operate.cjs, page.cjs and aws.cjs, the command line tool: what
//   every run needs, and what a command needs when it is called. Node reads a file whole before it runs a line of it, so that one file would make `--help` wait for the
//   catalogue; ES modules would load more of Node.
// - lambdas/NAME/, the deployed functions, each a directory of its own to be uploaded as it is.
// - index.cjs, the package's constructs, and app.cjs, the app of cdk.json.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const directory = process.argv[2] ?? join(root, 'dist');

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  legalComments: 'eof',
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
  // Only reached from source, where the names that `define` sets are not defined.
  logOverride: { 'empty-import-meta': 'silent' },
};

/**
 * Lambda gives a function its role's credentials in environment variables (Lambda developer guide, "Defined runtime
 * environment variables"): the SDK's other ways to find some, a quarter of its size, are left out.
 */
const environmentCredentials = {
  name: 'environment-credentials',
  setup({ onLoad, onResolve }) {
    const namespace = 'environment-credentials';
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace,
    }));
    onLoad({ filter: /.*/, namespace }, () => ({
      contents: [
        "import { fromEnv } from '@aws-sdk/credential-provider-env';",
        'export const defaultProvider = () => fromEnv();',
      ].join('\n'),
      resolveDir: root,
    }));
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

const commandLine = {
  ...common,
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  define: {
    BADGATEWAY_VERSION: JSON.stringify(version),
    SCAN_WORKER: '"scan-worker.cjs"',
  },
  // `require` instead: `import()` would start the loader of ES modules.
  supported: { 'dynamic-import': false },
};

const outputs = await Promise.all([buildCommandLine(), buildConstructs(), ...buildFunctions()]);
// Our own package.json makes ES modules of the declarations that `npm pack` adds; they declare CommonJS.
writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}\n');
for (const { metafile } of outputs.flat()) {
  for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
    process.stdout.write(`${path} ${version}, ${Math.ceil(bytes / 1024)} kB\n`);
  }
}

async function buildCommandLine() {
  const [config, commands, watch, operate] = [new Set(), new Set(), new Set(), new Set()];
  const worker = build({
    ...commandLine,
    entryPoints: ['adapters/local/streams/scan-worker.ts'],
    outfile: join(directory, 'scan-worker.cjs'),
  });
  const entry = await build({
    ...commandLine,
    entryPoints: ['bin/badgateway.ts'],
    outfile: join(directory, 'badgateway.cjs'),
    banner: { js: '#!/usr/bin/env node' },
    plugins: [
      // The parsers of YAML and of schemas are as large as all the rest.
      splitOff(config, () => './config.cjs', /^\.\/commands\/config/),
      // What runs for hours may take long to start.
      splitOff(watch, () => './watch.cjs', /^\.\/commands\/(?:watch|rehearse)/),
      splitOff(
        operate,
        () => './operate.cjs',
        /^\.\/commands\/(?:mute|unmute|drill|query|incidents)/,
      ),
      // Its own folder only: what is started ahead of the commands stays with it.
      splitOff(commands, () => './commands.cjs', /^\.\//),
      withoutPrograms,
    ],
  });
  chmodSync(join(directory, 'badgateway.cjs'), 0o755);
  const rest = await Promise.all([
    buildPart('config.cjs', config),
    buildCommands(commands),
    buildWithAws({ 'watch.cjs': watch, 'operate.cjs': operate }),
  ]);
  return [entry, ...rest.flat(), await worker];
}

/** The library that draws charts is larger than all the rest, and needed for a page only. */
async function buildCommands(commands) {
  const page = new Set();
  const own = await buildPart('commands.cjs', commands, [
    splitOff(page, () => './page.cjs', /^\.\/write-page/),
  ]);
  return [own, await buildPart('page.cjs', page, [], { minifyIdentifiers: true })];
}

/** The SDK is several times as large as all the rest, and needed for what is deployed only. */
async function buildWithAws(parts) {
  const aws = new Set();
  const own = await Promise.all(
    Object.entries(parts).map(([file, paths]) =>
      buildPart(file, paths, [splitOff(aws, () => './aws.cjs', /\/adapters\/aws\//)]),
    ),
  );
  return [...own, await buildPart('aws.cjs', aws)];
}

function buildPart(file, paths, plugins = [], options = {}) {
  return build({
    ...commandLine,
    ...options,
    stdin: everythingOf(paths),
    outfile: join(directory, file),
    plugins,
  });
}

/** A module with all that these export. */
function everythingOf(paths) {
  const lines = [...paths].sort().map((path) => `export * from './${relative(root, path)}';`);
  return { contents: lines.join('\n'), resolveDir: root };
}

/** What the entry imports when it is called goes to the file that is named for it, where the path is one that is `asked` for. */
function splitOff(commands, fileOf, asked = /^\./) {
  return {
    name: 'split-off',
    setup({ onResolve, resolve }) {
      onResolve({ filter: asked }, async ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const found = await resolve(path, { kind: 'import-statement', resolveDir });
        if (found.errors.length > 0) return { errors: found.errors };
        commands.add(found.path);
        return { path: fileOf(found.path), external: true };
      });
    },
  };
}

/** CommonJS serves `import` and `require` alike. The app brings the CDK: constructs of two copies do not mix. */
function buildConstructs() {
  return build({
    ...common,
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    entryPoints: { index: 'lib/index.ts', app: 'bin/app.ts' },
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    define: { DIST_DIRECTORY: '__dirname' },
    external: ['aws-cdk-lib', 'constructs'],
  });
}

/** With the SDK inside: the runtime's own changes under a deployed function, and takes longer to load. */
function buildFunctions() {
  const names = existsSync(join(root, 'lambdas')) ? readdirSync(join(root, 'lambdas')) : [];
  return names.filter((file) => file.endsWith('.ts')).map(buildFunction);
}

/**
 * index.js is what a function needs to be ready; late.cjs, table and queue, what it needs for its first event. What is
 * seldom called, the sending of alerts and the large clients, is a file each.
 */
async function buildFunction(file) {
  const asset = join(directory, 'lambdas', basename(file, '.ts'));
  rmSync(asset, { recursive: true, force: true });
  const late = new Set();
  const options = {
    ...common,
    target: 'node24',
    minify: true,
    supported: { 'dynamic-import': false },
    plugins: [splitOff(late, lateFile), environmentCredentials],
  };
  const outputs = [
    await build({
      ...options,
      entryPoints: [`lambdas/${file}`],
      outfile: join(asset, 'index.js'),
    }),
  ];
  const built = new Set();
  for (let names = lateFiles(late); names.length > built.size; names = lateFiles(late)) {
    for (const name of names.filter((one) => !built.has(one))) {
      built.add(name);
      const paths = [...late].filter((path) => lateFile(path) === name);
      outputs.push(
        await build({ ...options, stdin: everythingOf(paths), outfile: join(asset, name) }),
      );
    }
  }
  // Emulators find no index.cjs, and beside our own package.json index.js would be an ES module.
  writeFileSync(join(asset, 'package.json'), '{"type":"commonjs"}\n');
  return outputs;
}

function lateFiles(late) {
  return [...new Set([...late].map(lateFile))];
}

function lateFile(path) {
  const name = basename(path, '.ts');
  return ['dynamodb-client', 'sqs-client'].includes(name) ? './late.cjs' : `./${name}.cjs`;
}
