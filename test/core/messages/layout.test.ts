import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderBar, renderSparkline } from '../../../core/messages/bars.ts';
import { asciiGlyphs, toAscii, unicodeGlyphs } from '../../../core/messages/glyphs.ts';
import {
  countOf,
  formatCount,
  formatDuration,
  formatShare,
  formatWholeShare,
} from '../../../core/messages/numbers.ts';
import { shortPaths } from '../../../core/messages/short-paths.ts';
import { fitLine, tellingLine } from '../../../core/messages/telling-line.ts';
import { cutEnd, cutMiddle, cutStart, textWidth } from '../../../core/messages/text-width.ts';
import { rangeInWords, windowInWords } from '../../../core/messages/time-range.ts';
import { wrapText } from '../../../core/messages/wrap.ts';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [4870, '4,870'],
    [12345678, '12,345,678'],
  ])('groups %i', (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [312, 4870, '6.4 %', '6 %'],
    [1, 4870, 'less than 0.1 %', '<1 %'],
    [0, 10, '0 %', '0 %'],
    [9999, 10000, '99 %', '99 %'],
    [994, 10000, '9.9 %', '10 %'],
    [996, 10000, '10 %', '10 %'],
    [10, 10, '100 %', '100 %'],
    [3, 0, '0 %', '0 %'],
  ])('shows %i of %i as a share', (part, total, share, whole) => {
    expect(spaced(formatShare(part, total))).toBe(share);
    expect(spaced(formatWholeShare(part, total))).toBe(whole);
  });

  it.each([
    [400, '0 s'],
    [12_000, '12 s'],
    [449_000, '7 min 29 s'],
    [7_200_000, '2 h'],
    [7_560_000, '2 h 6 min'],
    [273_600_000, '3 d 4 h'],
  ])('says %i ms', (ms, text) => expect(spaced(formatDuration(ms))).toBe(text));

  it('counts things in words', () => {
    expect(countOf(1, 'try', 'tries')).toBe('1 try');
    expect(countOf(2000, 'line')).toBe('2,000 lines');
  });
});

describe('times', () => {
  it.each([
    [
      '2026-11-20T14:02:11.000Z',
      '2026-11-20T14:09:40.000Z',
      'between 14:02:11 and 14:09:40 UTC on 2026-11-20',
    ],
    ['2026-11-20T14:02:11.100Z', '2026-11-20T14:02:11.900Z', 'at 14:02:11 UTC on 2026-11-20'],
    [
      '2026-12-31T23:59:59.000Z',
      '2027-01-01T00:00:09.000Z',
      'between 2026-12-31 23:59:59 and 2027-01-01 00:00:09 UTC',
    ],
  ])('says from %s to %s', (from, to, words) => expect(spaced(rangeInWords(from, to))).toBe(words));

  it('says a window to the minute', () => {
    const window = { from: '2026-11-19T22:14:05.000Z', to: '2026-11-20T03:09:40.000Z' };
    expect(spaced(windowInWords(window, '–'))).toBe('2026-11-19 22:14 – 2026-11-20 03:09 UTC');
  });
});

describe('bars', () => {
  it('shows anything above nothing, and never more than all', () => {
    expect(renderBar(1, 1_000_000, 10, unicodeGlyphs)).toBe('▏');
    expect(renderBar(5, 10, 5, unicodeGlyphs)).toBe('██▌');
    expect(renderBar(20, 10, 5, asciiGlyphs)).toBe('#####');
    expect(renderBar(0, 10, 5, asciiGlyphs)).toBe('');
  });

  it('gives minutes without failures their place in a sparkline', () => {
    const timeline = [
      { at: '2026-11-20T14:00:00.000Z', failures: 8 },
      { at: '2026-11-20T14:01:00.000Z', failures: 1 },
      { at: '2026-11-20T14:04:00.000Z', failures: 4 },
    ];
    expect(renderSparkline(timeline, 24, unicodeGlyphs)).toBe('█▁  ▄');
    expect(renderSparkline(timeline, 2, unicodeGlyphs)).toBe('█▄');
    expect(renderSparkline(timeline.slice(0, 1), 24, unicodeGlyphs)).toBe('');
  });
});

describe('widths', () => {
  it('counts what a terminal draws', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('中文')).toBe(4);
    expect(textWidth('e\u0301')).toBe(1);
    expect(textWidth('😀')).toBe(2);
  });

  it('cuts where it is told to', () => {
    expect(cutEnd('abcdef', 4, '…')).toBe('abc…');
    expect(cutStart('abcdef', 4, '…')).toBe('…def');
    expect(cutMiddle('abcdefghij', 7, '…')).toBe('abcd…ij');
  });

  it('never cuts wider than asked, nor a surrogate pair in two', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 40 }),
        (text, width) => {
          for (const cut of [cutEnd, cutStart, cutMiddle]) {
            const shown = cut(text, width, '…');
            expect(textWidth(shown)).toBeLessThanOrEqual(width);
            expect(shown).not.toMatch(/\p{Cs}/u);
          }
        },
      ),
    );
  });

  it('wraps words, cuts words that are too long, and keeps non-breaking spaces together', () => {
    expect(wrapText('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapText('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
    expect(wrapText('took 6.4\u00a0% today', 9)).toEqual(['took', '6.4\u00a0%', 'today']);
  });

  it('wraps to the width whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 4, max: 40 }),
        (text, width) => {
          for (const line of wrapText(text, width)) {
            expect(textWidth(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });

  it('wraps a megabyte without a space in linear time', () => {
    expect(wrapText('x'.repeat(1_000_000), 50)).toHaveLength(20_000);
  });
});

describe('toAscii', () => {
  it('keeps what typography means and names the rest', () => {
    expect(toAscii('a – b … “c” 中')).toBe('a - b ... "c" \\u{4E2D}');
  });
});

describe('shortPaths', () => {
  it('keeps as much of a path as tells it from the others', () => {
    const paths = ['/var/log/nginx/error.log', '/logs/web-1/access.log', '/logs/web-2/access.log'];
    expect([...shortPaths(paths).values()]).toEqual([
      'error.log',
      'web-1/access.log',
      'web-2/access.log',
    ]);
    expect([...shortPaths(['a.log', 'x/a.log', 'a.log']).values()]).toEqual(['a.log', 'x/a.log']);
  });
});

describe('tellingLine', () => {
  it.each([
    [
      'error',
      '2026/11/20 14:02:41 [error] 7#7: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.3.7, server: , request: "GET /a"b HTTP/1.1", upstream: "http://127.0.0.1:8000/a"b", host: "x"',
      'connect() failed (111: Connection refused) while connecting to upstream, for GET /a"b',
    ],
    [
      'error',
      '2026/11/20 14:02:41 [alert] 7#7: worker process 9 exited on signal 9',
      'worker process 9 exited on signal 9',
    ],
    [
      'error',
      '2026/11/20 14:02:41 [error] 7#7: *4 m, client: 1.1.1.1, server: s, request: "GET /cut',
      'm, for GET /cut',
    ],
    [
      'access',
      '10.0.0.1 - bob smith [20/Nov/2026:14:02:41 +0000] "GET /a HTTP/2.0" 504 0 "-" "rt=9.9"',
      'GET /a answered 504',
    ],
    [
      'access',
      '::1 - - [x] "POST / HTTP/1.1" 200 5 "-" "-" rt=0.012 us=502, 200',
      'POST / answered 200 after 0.012 s, upstream 502, 200',
    ],
    ['access', '{"status":502}', '{"status":502}'],
    [
      'gunicorn',
      '[2026-11-20 14:02:40 +0000] [3430] [CRITICAL] WORKER TIMEOUT (pid:3438)',
      'WORKER TIMEOUT (pid:3438)',
    ],
    [
      'system',
      'Nov 20 14:02:40 web-1 systemd[1]: shop.service: Main process exited',
      'systemd[1]: shop.service: Main process exited',
    ],
    [
      'system',
      '2026-11-20T14:02:40+0000 web-1 kernel: Killed process 9',
      'kernel: Killed process 9',
    ],
  ] as const)('keeps the telling part of a line of the %s log', (role, line, telling) => {
    expect(spaced(tellingLine(role, line))).toBe(telling);
  });

  it('reads a hostile line of a megabyte in linear time', () => {
    expect(tellingLine('access', `1 - - [x] "${'\\'.repeat(1_000_000)}`).length).toBe(4096);
    expect(tellingLine('access', `${' - ['.repeat(250_000)}`).length).toBe(4096);
  });
});

it('a line that is too long for its place keeps the reason, not the path of a socket', () => {
  const path = '/srv/a-very-long-name-of-a-project/shared/run/gunicorn/gunicorn.sock';
  const text = `connect() to unix:${path} failed (13: Permission denied) while connecting to upstream`;
  expect(fitLine(text, 105, '…')).toMatch(
    /^connect\(\) to unix:….*gunicorn\.sock failed \(13: Permission denied\)/,
  );
  expect(fitLine(text, 200, '…')).toBe(text);
});
