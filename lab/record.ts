import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Truth } from './truth.ts';

const FIXTURES = join(import.meta.dirname, '..', 'test', 'fixtures', 'lab');

/** Replaces the committed fixture of one scenario by what was just played. */
export function record(folder: string, name: string): void {
  const fixture = join(FIXTURES, name);
  rmSync(fixture, { recursive: true, force: true });
  cpSync(folder, fixture, { recursive: true });
}

/** The committed set: folder and truth of each recorded scenario. */
export function recorded(): { readonly folder: string; readonly truth: Truth }[] {
  return readdirSync(FIXTURES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(FIXTURES, entry.name))
    .map((folder) => ({
      folder,
      truth: JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth,
    }));
}
