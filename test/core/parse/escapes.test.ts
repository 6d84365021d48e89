import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unescapeDefault, unescapeJson, unescapeValue } from '../../../core/parse/escapes.ts';
import { anyBytes, escapeDefault, escapeJson } from './nginx-writes.ts';

describe('unescapeDefault', () => {
  it.each([
    ['plain', 'plain'],
    ['\\x22\\x5C\\x0A', '"\\\n'],
    ['caf\\xC3\\xA9', 'caf\xc3\xa9'],
    ['\\xc3', '\xc3'],
    ['\\xZZ \\x4', '\\xZZ \\x4'],
    ['\\', '\\'],
  ])('turns %j into %j', (value, bytes) => expect(unescapeDefault(value)).toBe(bytes));
});

describe('unescapeJson', () => {
  it.each([
    ['\\"\\\\\\/', '"\\/'],
    ['\\b\\f\\n\\r\\t', '\b\f\n\r\t'],
    ['\\u001B[31m', '\x1b[31m'],
    ['\\u00e9', '\xc3\xa9'],
    ['\\ud83d\\ude00', '\xf0\x9f\x98\x80'],
    ['\\ud83d alone', '\xef\xbf\xbd alone'],
    ['raw \xe9 stays', 'raw \xe9 stays'],
    ['\\x22', '"'],
    ['\\u12', 'u12'],
    ['\\', ''],
  ])('turns %j into %j', (value, bytes) => expect(unescapeJson(value)).toBe(bytes));
});

describe('what NGINX escapes', () => {
  it('comes back byte for byte', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(unescapeValue(escapeDefault(bytes), 'default')).toBe(bytes);
        expect(unescapeValue(escapeJson(bytes), 'json')).toBe(bytes);
        expect(unescapeValue(bytes, 'none')).toBe(bytes);
      }),
    );
  });
});
