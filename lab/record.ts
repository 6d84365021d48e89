import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '..', 'test', 'fixtures', 'lab');

/** Replaces the committed fixture of one scenario by what was just played. */
export function record(folder: string, name: string): void {
  const fixture = join(FIXTURES, name);
  rmSync(fixture, { recursive: true, force: true });
  cpSync(folder, fixture, { recursive: true });
}
