import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UpstreamError } from '../../core/model.ts';
import { offsetOf, ZoneFinder, zoneName } from '../../core/zone.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);

/** An error line as it is before its zone is known: `at` is local time. */
function localError(at: number, request: string | null = 'GET /cart HTTP/1.1'): UpstreamError {
  return {
    kind: 'upstream-error',
    at,
    host: 'web-1',
    mechanism: 'connection-refused',
    visible: '502',
    nginxPid: 77,
    connection: 1,
    client: null,
    request,
    isSubrequest: false,
    isTruncated: false,
    upstream: null,
    errno: 111,
    message: 'connect() failed (111: Connection refused) while connecting to upstream',
    origin: { path: 'error.log', lineNumber: 1 },
    line: '',
  };
}

/** A finder that saw requests end at `times`, and their error lines in the zone of `offsetMs`. */
function finderOf(times: readonly number[], offsetMs: number): ZoneFinder {
  const finder = new ZoneFinder();
  for (const at of times) finder.addError(localError(at + offsetMs));
  for (const at of times) finder.addRequest('GET /cart HTTP/1.1', at);
  return finder;
}

describe('the zone of an error log', () => {
  it('is assumed to be UTC when nothing tells', () => {
    expect(new ZoneFinder().zone()).toEqual({ offsetMs: 0, basis: 'assumed' });
  });

  it('is that of the access log before that of Gunicorn, whichever is seen first', () => {
    const finder = new ZoneFinder();
    finder.addHint(2 * HOUR, 'gunicorn');
    expect(finder.zone()).toEqual({ offsetMs: 2 * HOUR, basis: 'gunicorn' });
    finder.addHint(HOUR, 'access');
    finder.addHint(3 * HOUR, 'gunicorn');
    expect(finder.zone()).toEqual({ offsetMs: HOUR, basis: 'access' });
  });

  it('is what requests with a line in both logs say, against every hint', () => {
    const finder = finderOf([NOON, NOON + 7_000], -5 * HOUR);
    finder.addHint(0, 'access');
    expect(finder.zone()).toEqual({ offsetMs: -5 * HOUR, basis: 'paired' });
  });

  it('is found for every quarter of an hour up to 14 hours', () => {
    fc.assert(
      fc.property(fc.integer({ min: -56, max: 56 }), (quarters) => {
        const finder = finderOf([NOON], quarters * 900_000);
        expect(finder.zone().offsetMs).toBe(quarters * 900_000);
      }),
    );
  });

  it('is the hinted one where a request that fails every quarter of an hour fits many', () => {
    const times = [0, 1, 2, 3, 4].map((index) => NOON + index * 900_000);
    const finder = finderOf(times, HOUR);
    finder.addHint(HOUR, 'access');
    expect(finder.zone()).toEqual({ offsetMs: HOUR, basis: 'paired' });
  });

  it('is not read from lines without a request, nor from times minutes apart', () => {
    const finder = new ZoneFinder();
    finder.addError(localError(NOON, null));
    finder.addError(localError(NOON + 300_000));
    finder.addRequest(null, NOON);
    finder.addRequest('GET /cart HTTP/1.1', NOON);
    expect(finder.zone().basis).toBe('assumed');
  });

  it('is settled by five pairs that agree, or when there is nothing to settle', () => {
    expect(new ZoneFinder().isSettled()).toBe(true);
    expect(finderOf([NOON], HOUR).isSettled()).toBe(false);
    const times = [0, 10, 20, 30, 40].map((seconds) => NOON + seconds * 1_000);
    expect(finderOf(times, HOUR).isSettled()).toBe(true);
  });
});

describe('an offset', () => {
  it.each([
    ['UTC', 0],
    ['+05:30', 5.5 * HOUR],
    ['-0800', -8 * HOUR],
    ['UTC+02:00', 2 * HOUR],
    ['Asia/Kolkata', 5.5 * HOUR],
    ['Europe/Berlin', HOUR],
    ['America/New_York', -5 * HOUR],
  ])('of %s in November is %d ms', (zone, offsetMs) => {
    expect(offsetOf(zone, NOON)).toBe(offsetMs);
  });

  it.each([
    ['2026-03-29T01:59:59Z', 1, 'the last second of winter'],
    ['2026-03-29T03:00:00Z', 2, 'the first second of summer'],
    ['2026-10-25T01:59:59Z', 2, 'the last second that is summer alone'],
    ['2026-10-25T03:00:00Z', 1, 'the first second that is winter alone'],
  ])('of Berlin at the wall-clock time %s is %d h: %s', (time, hours) => {
    expect(offsetOf('Europe/Berlin', Date.parse(time))).toBe(hours * HOUR);
  });

  it('that nobody knows is an error', () => {
    expect(() => offsetOf('Mars/Olympus', NOON)).toThrow(RangeError);
  });

  it('is written as people write it', () => {
    expect([0, 5.5 * HOUR, -3.5 * HOUR].map(zoneName)).toEqual(['UTC', '+05:30', '-03:30']);
  });
});
