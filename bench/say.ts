import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', 'docs', 'performance.md');
const START = '<!-- measured: npm run bench -- --write -->\n';
const END = '<!-- end of what was measured -->';

const said: string[] = [];

/** Prints a part of the result, and keeps it for the page. */
export function say(text: string): void {
  said.push(text);
  process.stdout.write(text);
}

/** Puts everything said into its place in `docs/performance.md`. */
export function writePage(): void {
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(START) + START.length;
  const to = page.indexOf(END);
  writeFileSync(PAGE, `${page.slice(0, from)}\n${said.join('')}\n${page.slice(to)}`);
}
