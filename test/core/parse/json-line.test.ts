import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonFields } from '../../../core/parse/json-line.ts';

function fieldsOf(text: string): Record<string, string> | null {
  const fields = readJsonFields(text);
  return fields && Object.fromEntries(fields);
}

describe('readJsonFields', () => {
  it.each([
    ['strings and numbers', '{"a":"x","b":502,"c":true}', { a: 'x', b: '502', c: 'true' }],
    ['blanks between them', ' { "a" : "x" , "b" : 1 } ', { a: 'x', b: '1' }],
    ['objects in it by their path', '{"a":{"b":{"c":"x"}},"d":1}', { 'a.b.c': 'x', d: '1' }],
    ['arrays as they are', '{"a":[1,"]",{"b":2}],"c":1}', { a: '[1,"]",{"b":2}]', c: '1' }],
    ['escapes', '{"a":"\\"\\u00e9\\n"}', { a: '"\xc3\xa9\n' }],
    ['raw bytes', '{"a":"\xff\x80"}', { a: '\xff\x80' }],
    ['a backslash before the closing quote', '{"a":"x\\\\","b":"y"}', { a: 'x\\', b: 'y' }],
    ['a value NGINX left out', '{"a":,"b":"x"}', { a: '', b: 'x' }],
    ['a list NGINX wrote without quotes', '{"a":0.1, 0.2,"b":"x"}', { a: '0.1, 0.2', b: 'x' }],
    ['the first of two equal keys', '{"a":"x","a":"y"}', { a: 'x' }],
    ['a line cut short in a string', '{"a":"x","b":"y', { a: 'x', b: 'y' }],
    ['a line cut short before a value', '{"a":"x","b"', { a: 'x' }],
    ['nothing', '{}', {}],
  ])('reads %s', (_, text, fields) => expect(fieldsOf(text)).toEqual(fields));

  it.each(['', 'x', '[1]', '"a"', '127.0.0.1 - - ['])('is null for %j', (text) =>
    expect(readJsonFields(text)).toBeNull(),
  );

  it('reads what JSON.stringify writes', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), ascii), (object) => {
        expect(fieldsOf(JSON.stringify(object))).toEqual({ ...object });
      }),
    );
  });

  it('never throws and never loops', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      ' ',
      'a',
      '1',
      '\\u',
      '\xff',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        readJsonFields(`{${parts.join('')}`);
      }),
    );
  });

  it.each(['{"', '{"a":', '{"a":[', '{"a":{', '{"a":"\\', '{"a":1,', '{"a":" '])(
    'takes linear time on a megabyte after %j',
    (start) => {
      for (const filler of ['"', '\\', ',', '{', '[', ' ', 'a', '"a":', '\\"', ',"', '{"a":']) {
        const before = performance.now();
        readJsonFields(start + filler.repeat(1_000_000 / filler.length));
        expect(performance.now() - before).toBeLessThan(1000);
      }
    },
  );
});
