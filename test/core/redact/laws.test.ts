/** What holds for every text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACT_ALL, redactText } from '../../../core/redact.ts';

/** Pieces of which secrets are made, so that texts are full of them. */
const piece = fc.constantFrom(
  ...[
    ' ',
    '"',
    "'",
    '\\',
    '\\"',
    '\\n',
    '\n',
    '/',
    '//',
    '?',
    '&',
    '=',
    ':',
    ';',
    '; ',
    ',',
    ', ',
    '.',
    '@',
    '%40',
    '%',
  ],
  ...[
    'a',
    'ab',
    'Z9',
    '7',
    '255',
    '203.0.113.9',
    '10.0.0.1',
    '2001:db8::7',
    '::',
    'fe80',
    'org',
    '*',
    '***',
    '~ab',
    '~k3f9a',
  ],
  ...[
    'http://',
    'user',
    'password',
    'token=',
    'api_key: ',
    'Cookie: ',
    'Authorization: ',
    'client: ',
    'for=',
    'Bearer ',
    'Basic ',
  ],
  ...[
    'eyJhbGciOiJIUzI1NiJ9',
    'AKIAIOSFODNN7EXAMPLE',
    'd41d8cd98f00b204e9800998ecf8427e',
    'x; y=',
    'a=b',
    '(',
    ')',
    '}',
    '>',
    '<',
  ],
  ...['\xc3\xa9', '\xff', '\t', '-', '_', '+', '#', '[', ']', '…'],
);
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
const runs = Number(process.env.RUNS ?? 3_000);
const rules = fc.constantFrom({}, { queries: 'mark' }, { addresses: 'all' }) as fc.Arbitrary<
  Record<string, never>
>;

describe('redactText', () => {
  it('changes nothing more when it is done again', () => {
    fc.assert(
      fc.property(text, rules, (given, how) => {
        const once = redactText(given, REDACT_ALL, how);
        expect(redactText(once, REDACT_ALL, how)).toBe(once);
      }),
      { numRuns: runs },
    );
  });

  it('makes no text longer than twice', () => {
    fc.assert(
      fc.property(text, rules, (given, how) => {
        expect(redactText(given, REDACT_ALL, how).length).toBeLessThanOrEqual(2 * given.length);
      }),
      { numRuns: runs },
    );
  });

  it('keeps the lines of a text', () => {
    fc.assert(
      fc.property(text, (given) => {
        const linesOf = (all: string) => all.split('\n').length;
        expect(linesOf(redactText(given, REDACT_ALL))).toBe(linesOf(given));
      }),
      { numRuns: runs },
    );
  });
});
