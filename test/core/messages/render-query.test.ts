import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryCsv, renderQuery } from '../../../core/messages/render-query.ts';
import { plainStyle } from '../../../core/messages/style.ts';
import type { QueryResult } from '../../../core/query/query.ts';

const resultOf = (names: readonly string[]): QueryResult => ({
  schema: 'badgateway/query@1',
  services: names.slice(0, 1),
  from: '2026-11-20T12:00:00.000Z',
  to: '2026-11-20T13:00:00.000Z',
  by: ['host', 'route'],
  every: null,
  timeZone: 'UTC',
  rows: names.map((name, index) => ({ host: name, route: name, failures: index + 1 })),
  failures: (names.length * (names.length + 1)) / 2,
  otherGroups: 0,
  notes: [],
});

/** C0 but for line breaks, DEL, C1, and characters that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HARMFUL = /[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/u;

const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('\x1b[2J', '=cmd|calc', '+1', '-1', '@x', 'a,b', 'a"b', 'a\r\nb', '\u202eabc'),
  ),
  { minLength: 1, maxLength: 5 },
);

test('nothing of a name reaches a terminal or a spreadsheet as more than text', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom(60, 100, 200), (names, width) => {
      const result = resultOf(names);
      const text = renderQuery(result, { width, style: plainStyle, timeZone: 'UTC' });
      const csv = queryCsv(result);
      expect(text).not.toMatch(HARMFUL);
      expect(csv).not.toMatch(HARMFUL);
      expect(csv.split('\r\n')).toHaveLength(names.length + 2);
      expect(csv).not.toMatch(/(?:^|,|")[=+@-]/m);
    }),
    { numRuns: 300 },
  );
});
