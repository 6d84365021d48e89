import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseIso8601,
  parseMsec,
  parseNginxErrorTime,
  parseTimeLocal,
  readIso8601,
} from '../../../core/parse/time.ts';

const NOON = Date.UTC(2026, 10, 20, 12, 13, 37);

describe('parseNginxErrorTime', () => {
  it('reads the wall clock as if it were UTC', () => {
    expect(parseNginxErrorTime('2026/11/20 12:13:37 [error]')).toBe(NOON);
  });

  it.each([
    '2026-11-20 12:13:37',
    '2026/13/20 12:13:37',
    '2026/02/29 12:13:37',
    '2026/11/20T12:13:37',
    '2026/11/20 24:13:37',
    '2026/11/20 12:13',
    '',
  ])('has nothing to say of %j', (text) => expect(parseNginxErrorTime(text)).toBeNull());
});

describe('parseTimeLocal', () => {
  it.each([
    ['20/Nov/2026:12:13:37 +0000', NOON],
    ['20/Nov/2026:07:13:37 -0500', NOON],
    ['20/Nov/2026:17:58:37 +0545', NOON],
    ['29/Feb/2024:00:00:00 +0000', Date.UTC(2024, 1, 29)],
  ])('applies the zone of %s', (text, ms) => expect(parseTimeLocal(text)).toBe(ms));

  it.each([
    '29/Feb/2026:00:00:00 +0000',
    '20/Nox/2026:12:13:37 +0000',
    '20/Nov/20x6:12:13:37 +0000',
    '20/Nov/2026:12:13:37',
    '20/Nov/2026:12:13:37 0000',
  ])('has nothing to say of %j', (text) => expect(parseTimeLocal(text)).toBeNull());
});

describe('parseIso8601', () => {
  it.each([
    ['2026-11-20T12:13:37+00:00', NOON],
    ['2026-11-20T12:13:37Z', NOON],
    ['2026-11-20T13:13:37+0100', NOON],
    ['2026-11-20T12:13:37.123456789Z', NOON + 123],
    ['2026-11-20T12:13:37.5Z', NOON + 500],
    ['2026-11-20 12:13:37,042 +0000', NOON + 42],
  ])('reads %s', (text, ms) => expect(parseIso8601(text)).toBe(ms));

  it.each(['2026-11-20T12:13:37', '2026-11-20T12:13:37Z ', '2026-11-20', 'T', ''])(
    'has nothing to say of %j',
    (text) => expect(parseIso8601(text)).toBeNull(),
  );

  it('says where the time in a line ends', () => {
    expect(readIso8601('at 2026-11-20T12:13:37Z up', 3)).toEqual({ ms: NOON, end: 23 });
  });
});

describe('parseMsec', () => {
  it.each([
    ['1700000000.123', 1_700_000_000_123],
    ['1700000000.123456', 1_700_000_000_123],
    ['1700000000', 1_700_000_000_000],
  ])('reads %s', (text, ms) => expect(parseMsec(text)).toBe(ms));

  it.each(['-', '', '17000.1', '1700000000.', '1700000000.1x', '1e9'])(
    'has nothing to say of %j',
    (text) => expect(parseMsec(text)).toBeNull(),
  );
});

describe('every time', () => {
  const seconds = fc.integer({ min: 0, max: 7_000_000_000 }).map((s) => s * 1000);

  it('means what Date means by it', () => {
    fc.assert(
      fc.property(seconds, (ms) => {
        const iso = new Date(ms).toISOString();
        const [date = '', clock = ''] = iso.slice(0, 19).split('T');
        expect(parseIso8601(iso)).toBe(ms);
        expect(parseNginxErrorTime(`${date.replaceAll('-', '/')} ${clock}`)).toBe(ms);
      }),
    );
  });

  it('is a number or null for any text', () => {
    const near = fc.stringMatching(/^[0-9/:T +.Z-]{0,30}$/);
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        for (const parse of [parseNginxErrorTime, parseTimeLocal, parseIso8601, parseMsec]) {
          const ms = parse(text);
          expect(ms === null || Number.isFinite(ms)).toBe(true);
        }
      }),
    );
  });
});
