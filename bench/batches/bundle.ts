import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { OUT } from '../corpus.ts';

/** Bundles a script the way a function is deployed, one CommonJS file, and returns its path. */
export function bundleScript(name: 'worker' | 'first-payload'): string {
  const outfile = join(OUT, `${name}.cjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    logLevel: 'warning',
  });
  return outfile;
}
