import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableText } from '../../../core/messages/printable.ts';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('printable', () => {
  it.each([
    ['plain text', 'GET /a HTTP/1.1', 'GET /a HTTP/1.1'],
    ['UTF-8', bytes('/réservé/中文/😀'), '/réservé/中文/😀'],
    ['an escape sequence', 'a\x1b[31mb', 'a\\x1B[31mb'],
    ['tab, line break and DEL', 'a\tb\nc\x7f', 'a\\x09b\\x0Ac\\x7F'],
    ['a C1 control as one byte', 'a\x9bb', 'a\\x9Bb'],
    ['a C1 control in UTF-8', bytes('a\u{9b}b'), 'a\\u{9B}b'],
    ['a direction override', bytes('a\u{202e}cod.exe'), 'a\\u{202E}cod.exe'],
    ['a zero-width space', bytes('a\u{200b}b'), 'a\\u{200B}b'],
    ['line and paragraph separators', bytes('a\u{2028}b\u{2029}'), 'a\\u{2028}b\\u{2029}'],
    ['invisible tag letters', bytes('a\u{e0041}b'), 'a\\u{E0041}b'],
    ['a sequence that stops early', 'caf\xc3', 'caf\\xC3'],
    ['a sequence broken by a letter', '\xe4\xb8x', '\\xE4\\xB8x'],
    ['an overlong slash', '\xc0\xaf', '\\xC0\\xAF'],
    ['a surrogate in UTF-8', '\xed\xa0\x80', '\\xED\\xA0\\x80'],
    ['a point past the last one', '\xf5\x80\x80\x80', '\\xF5\\x80\\x80\\x80'],
  ])('shows %s', (_name, given, shown) => {
    expect(printable(given)).toBe(shown);
  });

  it('cuts to a length without cutting an escape or a pair in two', () => {
    expect(printable('abcdef', { maxLength: 4 })).toBe('abc…');
    expect(printable('a\x1bbcd', { maxLength: 4 })).toBe('a…');
    expect(printable(bytes('ab😀cd'), { maxLength: 4 })).toBe('ab…');
    expect(printable('abcd', { maxLength: 4 })).toBe('abcd');
  });

  it('shows every byte string without a character that a terminal obeys', () => {
    const anyBytes = fc
      .uint8Array({ maxLength: 80 })
      .map((raw) => Buffer.from(raw).toString('latin1'));
    fc.assert(
      fc.property(anyBytes, fc.integer({ min: 1, max: 90 }), (text, maxLength) => {
        expect(printable(text)).not.toMatch(OBEYED);
        expect(printable(text, { maxLength }).length).toBeLessThanOrEqual(maxLength);
      }),
    );
  });

  it('agrees with the standard decoder on text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(bytes(text))).toBe(printableText(text));
      }),
    );
  });

  it('reads a megabyte of bad bytes in linear time', () => {
    expect(printable('\xe4'.repeat(1_000_000)).length).toBe(4_000_000);
    expect(printable('\x1b'.repeat(1_000_000), { maxLength: 100 }).length).toBeLessThanOrEqual(100);
  });
});

describe('printableText', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = printableText(text);
        expect(printableText(once)).toBe(once);
      }),
    );
  });

  it('escapes half of a surrogate pair', () => {
    expect(printableText('a\ud83db')).toBe('a\\u{D83D}b');
  });
});
