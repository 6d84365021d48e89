import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellQuote } from '../../../core/catalogue/shell.ts';

const HOSTILE = [
  '',
  ' ',
  'plain/path-1.sock',
  "it's",
  "''",
  "'; rm -rf / #",
  '$(rm -rf /)',
  '`id`',
  '$IFS',
  '"quoted"',
  'a\nb',
  'a\r\n: > canary',
  'back\\slash',
  'trailing\\',
  '!history',
  '~root',
  '=ls',
  '*?[a-z]{b,c}',
  'a;b|c&d>e<f',
  '\u202eright to left',
  'zero\u200bwidth',
  'line\u2028separator',
  'lone \ud800 surrogate',
  'nul\0byte',
  '\u001b[31mred',
  'émoji 🦄',
];

/** What the shell makes of the words: one argument a line. */
function readBack(shell: string, words: readonly string[]): string[] {
  const output = execFileSync(shell, ['-c', `printf '%s\\n' ${words.join(' ')}`], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return output.split('\n').slice(0, -1);
}

function withoutInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '');
}

test.each(['sh', 'bash'])('%s reads a hostile text back as one word, unchanged', (shell) => {
  expect(readBack(shell, HOSTILE.map(shellQuote))).toEqual(HOSTILE.map(withoutInvisible));
});

test('any text stays one word of one line', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...'\'"`$(){}[];&|<>*?!#~=\\ \n\t\r\u0000ab/'),
      maxLength: 40,
    }),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 200, maxLength: 300 }), (texts) => {
      expect(readBack('sh', texts.map(shellQuote))).toEqual(texts.map(withoutInvisible));
    }),
    { numRuns: 25 },
  );
});

test('what needs no quotes stays readable', () => {
  expect(
    ['/reports/77', 'shop@1.service', 'http://127.0.0.1:8000/a', 'a=b', '-n', '=b', '~', ''].map(
      shellQuote,
    ),
  ).toEqual([
    '/reports/77',
    'shop@1.service',
    'http://127.0.0.1:8000/a',
    'a=b',
    '-n',
    "'=b'",
    "'~'",
    "''",
  ]);
});
