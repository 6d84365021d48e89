import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/** Holds a generated file to what is committed; with `UPDATE_DOCS=1` writes it instead. */
export function expectCommitted(path: string, text: string): void {
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(path, text);
  }
  expect(
    readFileSync(path, 'utf8') === text,
    `${path} is out of date: UPDATE_DOCS=1 npm test`,
  ).toBe(true);
}
