import { describe, expect, it } from 'vitest';
import {
  parseGunicornVersion,
  parseLogFormat,
  parseTime,
  parseZone,
} from '../../bin/commands/flag-values.ts';

const NOW = Date.UTC(2026, 10, 20, 14, 0, 0);

describe('parseTime', () => {
  it.each([
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T14:02', '2026-11-20T14:02:00.000Z'],
    ['2026-11-20 14:02:11', '2026-11-20T14:02:11.000Z'],
    ['2026-11-20T14:02:11.25Z', '2026-11-20T14:02:11.250Z'],
    ['2026-11-20t14:02:11z', '2026-11-20T14:02:11.000Z'],
    ['2026-11-20T14:02:11+01:00', '2026-11-20T13:02:11.000Z'],
    ['2026-11-20T14:02:11+0530', '2026-11-20T08:32:11.000Z'],
    ['30m', '2026-11-20T13:30:00.000Z'],
    ['2h', '2026-11-20T12:00:00.000Z'],
    ['1h30m', '2026-11-20T12:30:00.000Z'],
    ['7d', '2026-11-13T14:00:00.000Z'],
    ['90s', '2026-11-20T13:58:30.000Z'],
    ['1w', '2026-11-13T14:00:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(new Date(parseTime('--since', text, NOW)).toISOString()).toBe(iso);
  });

  it.each(['', 'now', 'yesterday', '2', '2y', '-2h', '2026-02-30', '2026-13-01', '20/Nov/2026'])(
    'refuses "%s" and says what it takes',
    (text) => {
      expect(() => parseTime('--since', text, NOW)).toThrow(
        `--since "${text}" is no time: use ISO 8601 such as 2026-11-20T14:00, or how long ago such as 30m, 2h or 7d`,
      );
    },
  );
});

describe('parseZone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['z', 'UTC'],
    ['+05:30', '+05:30'],
    ['-0300', '-03:00'],
  ])('takes %s', (text, zone) => expect(parseZone(text)).toBe(zone));

  it.each(['Nowhere/City', '+25:00', '5', '', '+5'])('refuses "%s"', (text) => {
    expect(() => parseZone(text)).toThrow(`unknown time zone "${text}": use a name such as`);
  });
});

describe('other values', () => {
  it('takes a log format by name or as written in nginx.conf', () => {
    expect(parseLogFormat('badgateway')).toBe('badgateway');
    expect(parseLogFormat('$remote_addr $status')).toBe('$remote_addr $status');
    expect(() => parseLogFormat('combind')).toThrow('unknown log format "combind": use one of');
  });

  it('takes versions of Gunicorn', () => {
    expect(parseGunicornVersion('23.0.0')).toBe('23.0.0');
    expect(() => parseGunicornVersion('latest')).toThrow('"latest" is no version of Gunicorn');
  });
});
