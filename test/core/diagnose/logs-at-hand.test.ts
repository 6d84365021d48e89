/** What the same failures come to with fewer logs, on other hosts, in other zones, or with too many lines. */
import { describe, expect, it } from 'vitest';
import {
  ARBITER,
  abortTrace,
  access,
  accessWithTries,
  boot,
  bootFailure,
  CLOSED,
  causesOf,
  diagnose,
  error,
  failed,
  gunicorn,
  NO_LIVE,
  NOON,
  oomKilled,
  REFUSED,
  reaped,
  SLOW,
  start,
  system,
  TRIES_FORMAT,
  timeout,
} from './logs.ts';

const SIGKILL = 'was sent SIGKILL! Perhaps out of memory?';

describe('one log alone', () => {
  it('counts the error log’s lines, one for the tries of a request', async () => {
    const other = 'http://127.0.0.1:8001';
    const report = await diagnose({
      'error.log': [
        error(0, REFUSED, { connection: 5 }),
        error(0, REFUSED, { connection: 5, upstream: other }),
        error(1, REFUSED, { connection: 6 }),
        error(9, SLOW, { connection: 7 }),
        error(9, REFUSED, { connection: 8, subrequest: '/auth' }),
      ],
    });
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 2, 'upstream-read-timeout': 1 });
    expect(report.requests).toBeNull();
  });

  it('leaves failures of an access log without upstream fields unexplained', async () => {
    const report = await diagnose({
      'access.log': [access(0, 502), access(5, 504), access(6, 200)],
    });
    expect(causesOf(report)).toEqual({ unknown: 2 });
    expect(report.diagnoses[0]?.confidence).toBe('unexplained');
  });

  it.each([
    {
      name: 'its own 502',
      tries: { status: '502', connect: '0.000', header: '0.010' },
      status: 502,
      cause: 'upstream-returned-5xx',
    },
    { name: 'a refused connection', tries: { status: '502' }, status: 502, cause: 'unknown' },
    {
      name: 'a read timeout',
      tries: { status: '504', connect: '0.000', response: '60.001' },
      status: 504,
      cause: 'upstream-read-timeout',
    },
    {
      name: 'a connect timeout far away',
      tries: { addr: '10.0.0.9:8000', status: '504', response: '60.001' },
      status: 504,
      cause: 'upstream-unreachable',
    },
    {
      name: 'a connect timeout on the same machine',
      tries: { status: '504', response: '60.001' },
      status: 504,
      cause: 'accept-queue-full',
    },
    {
      name: 'no live upstreams',
      tries: { addr: 'app', status: '502' },
      status: 502,
      cause: 'no-live-upstreams',
    },
  ])('reads $name from the upstream fields', async ({ tries, status, cause }) => {
    const line = accessWithTries(5, status, { addr: '127.0.0.1:8000', ...tries });
    const report = await diagnose({ 'access.log': [line] }, { logFormat: TRIES_FORMAT });
    expect(causesOf(report)).toEqual({ [cause]: 1 });
  });

  it('takes a death for the one 502 that ended with it, by time alone, and says that it is likely', async () => {
    const report = await diagnose({
      'access.log': [access(0, 200), access(30, 502, { request: 'GET /slow HTTP/1.1' })],
      'gunicorn.log': [...start(-60), timeout(30, 101), boot(31, 103)],
    });
    expect(causesOf(report)).toEqual({ 'worker-timeout': 1 });
    expect(report.diagnoses[0]?.confidence).toBe('likely');
  });

  it('chooses no victim where more requests ended around a death than workers died', async () => {
    const report = await diagnose({
      'access.log': [access(0, 200), access(30, 502), access(30, 502), access(31, 502)],
      'gunicorn.log': [...start(-60), timeout(30, 101), boot(31, 103)],
    });
    expect(causesOf(report)).toEqual({ unknown: 3 });
  });

  it('counts Gunicorn’s own timeouts, and tells other ends without counting requests', async () => {
    const report = await diagnose({
      'gunicorn.log': [
        ...start(0),
        timeout(60, 101),
        ...abortTrace(60, 101, '/pdf/7'),
        timeout(300, 102),
        ...abortTrace(300, 102, '(no URI read)'),
        boot(301, 103),
        reaped(600, 103, SIGKILL),
        boot(600, 104),
        ...bootFailure(900, 104),
      ],
    });
    expect(causesOf(report)).toEqual({ 'worker-timeout': 1 });
    expect(report.diagnoses.map(({ cause }) => cause).sort()).toEqual([
      'app-boot-failure',
      'worker-killed',
      'worker-timeout',
    ]);
  });

  it('does not count the timeout of a worker that 24.0.0 never saw die', async () => {
    const report = await diagnose({
      'gunicorn.log': [
        ...start(0, { version: '24.0.0' }),
        gunicorn(60, ARBITER, 'ERROR', 'Unhandled signal: cld'),
        timeout(91, 101),
        timeout(92, 101),
      ],
    });
    expect(report.failures).toBe(0);
  });

  it('reads Gunicorn’s lines inside a journal', async () => {
    const { access: a, error: e } = failed(60, 502, CLOSED);
    const inJournal = (line: string) => line.replace(/^/, '');
    const report = await diagnose(
      {
        'access.log': [a],
        'error.log': [e],
        'journal.log': [
          ...start(0).map((line) => system(0, 'gunicorn[100]', inJournal(line))),
          system(60, 'gunicorn[100]', timeout(60, 101)),
          system(60, 'gunicorn[101]', gunicorn(60, 101, 'INFO', 'Worker exiting (pid: 101)')),
          system(60, 'gunicorn[103]', boot(60, 103)),
        ],
      },
      { roles: { 'journal.log': 'system' } },
    );
    expect(causesOf(report)).toEqual({ 'worker-timeout': 1 });
    expect(report.diagnoses[0]?.confidence).toBe('confirmed');
  });
});

describe('an access log that covers a part of the time', () => {
  const minutes = [0, 60, 120, 180, 240];

  it('counts the error lines from before it begins', async () => {
    const report = await diagnose({
      'access.log': [access(180, 502), access(240, 502), access(250, 200)],
      'error.log': minutes.map((at) => error(at, REFUSED)),
    });
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 5 });
  });

  it('counts the error lines from after it ends', async () => {
    const report = await diagnose({
      'access.log': [access(0, 502), access(60, 502)],
      'error.log': minutes.map((at) => error(at, REFUSED)),
    });
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 5 });
  });
});

describe('a part of the time, as asked for', () => {
  const asked = { sinceMs: NOON + 60_000, untilMs: NOON + 120_000 };
  const times = [0, 60, 90, 120, 121, 300];
  const errors = times.map((at) => error(at - 1, REFUSED));

  it('counts the requests that ended in it, joined to their error lines', async () => {
    const logs = { 'access.log': times.map((at) => access(at, 502)), 'error.log': errors };
    const report = await diagnose(logs, asked);
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 3 });
    expect(report.diagnoses.map(({ retried }) => retried)).toEqual([0]);
  });

  it('counts the error lines of it alone, where there is no access log', async () => {
    const report = await diagnose({ 'error.log': errors }, asked);
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 3 });
  });
});

describe('rotated, repeated and shared logs', () => {
  it('joins across the parts of a rotated log', async () => {
    const report = await diagnose({
      'access.log.1': [access(0, 502), access(59, 502)],
      'access.log': [access(60, 502), access(300, 200)],
      'error.log.1': [error(0, REFUSED), error(59, REFUSED)],
      'error.log': [error(60, REFUSED)],
      'gunicorn.log.1': [...start(-60), gunicorn(-1, ARBITER, 'INFO', 'Handling signal: term')],
      'gunicorn.log': [...start(62)],
    });
    expect(causesOf(report)).toEqual({ 'deploy-restart': 3 });
  });

  it('reads a file once that is given twice', async () => {
    const logs = { 'web-1/access.log': [access(0, 502)], 'web-1/error.log': [error(0, REFUSED)] };
    const twice = await diagnose(logs, { again: ['web-1/error.log', 'web-1/access.log', 'web-1'] });
    expect(causesOf(twice)).toEqual({ 'backend-not-listening': 1 });
  });

  it('explains a host that has NGINX alone by one that has Gunicorn alone', async () => {
    const { access: a, error: e } = failed(60, 502, CLOSED, { upstream: 'http://10.0.0.2:8000' });
    const report = await diagnose({
      'web-1/access.log': [a],
      'web-1/error.log': [e],
      'app-1/gunicorn.log': [
        ...start(0, { at: 'http://0.0.0.0:8000' }),
        timeout(60, 101),
        reaped(61, 101, SIGKILL),
        boot(61, 103),
      ],
    });
    expect(causesOf(report)).toEqual({ 'worker-timeout': 1 });
    expect(report.diagnoses[0]?.hosts).toEqual([{ host: 'web-1', failures: 1 }]);
  });

  it('never explains one host by another that has logs of both', async () => {
    const { access: a, error: e } = failed(60, 502, CLOSED);
    const report = await diagnose({
      'web-1/access.log': [a],
      'web-1/error.log': [e],
      'web-1/gunicorn.log': start(0),
      'web-2/access.log': [access(0, 200), access(90, 200)],
      'web-2/gunicorn.log': [...start(0), timeout(60, 101), boot(61, 103)],
    });
    expect(causesOf(report)).toEqual({ 'worker-died-unknown': 1 });
  });
});

describe('time zones', () => {
  const hours = 5.5 * 60;

  it('finds the error log’s zone from the requests both logs have', async () => {
    const report = await diagnose({
      'access.log': [access(0, 502, { request: 'GET /a HTTP/1.1' }), access(7, 504)],
      'error.log': [
        error(0, REFUSED, { request: 'GET /a HTTP/1.1', offsetMinutes: hours }),
        error(7, SLOW, { offsetMinutes: hours }),
      ],
    });
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 1, 'upstream-read-timeout': 1 });
    expect(report.diagnoses[0]?.firstSeen).toBe('2026-11-20T12:00:00.000Z');
  });

  it('takes the zone that is told, on both sides of a clock change', async () => {
    const summer = Date.UTC(2026, 9, 24, 12) - Date.UTC(2026, 10, 20, 12);
    const before = summer / 1_000;
    const after = before + 2 * 86_400;
    const report = await diagnose(
      {
        'access.log': [access(before, 502), access(after, 504)],
        'error.log': [
          error(before, REFUSED, { offsetMinutes: 120 }),
          error(after, SLOW, { offsetMinutes: 60 }),
        ],
      },
      { timeZone: 'Europe/Berlin' },
    );
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 1, 'upstream-read-timeout': 1 });
  });

  it('takes the zone that is told for a journal that has none', async () => {
    const local = 120 * 60;
    const { error: e } = failed(60 + local, 502, CLOSED);
    const report = await diagnose(
      {
        'error.log': [e],
        'journal.log': [
          system(60 + local, 'gunicorn[100]', '[100] [CRITICAL] WORKER TIMEOUT (pid:101)'),
          ...oomKilled(60 + local, 101),
        ],
      },
      { timeZone: '+02:00', roles: { 'journal.log': 'system' } },
    );
    expect(report.diagnoses[0]?.firstSeen).toBe('2026-11-20T12:01:00.000Z');
    expect(causesOf(report)).toEqual({ 'worker-timeout': 1 });
  });
});

describe('no live upstreams', () => {
  const a = 'http://10.0.0.1:8000';
  const b = 'http://10.0.0.2:8000';
  const group = 'http://app';

  it('comes from what took the peers out', async () => {
    const report = await diagnose({
      'access.log': [access(0, 502), access(3, 502), access(4, 502)],
      'error.log': [
        error(0, REFUSED, { upstream: a, connection: 1 }),
        error(0, REFUSED, { upstream: b, connection: 1 }),
        error(3, NO_LIVE, { upstream: group }),
        error(4, NO_LIVE, { upstream: group }),
      ],
    });
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 3 });
    expect(report.diagnoses[0]?.symptoms).toEqual([{ mechanism: 'no-live-upstreams', count: 2 }]);
  });

  it('inherits the death of a worker, too', async () => {
    const report = await diagnose({
      'access.log': [access(60, 502), access(61, 502), access(63, 502)],
      'error.log': [
        error(60, CLOSED, { upstream: a, connection: 1 }),
        error(60, NO_LIVE, { upstream: group, connection: 1 }),
        error(61, CLOSED, { upstream: b }),
        error(63, NO_LIVE, { upstream: group }),
      ],
      'gunicorn.log': [
        ...start(0, { at: 'http://0.0.0.0:8000' }),
        reaped(60, 101, SIGKILL),
        boot(60, 103),
        reaped(61, 102, SIGKILL),
        boot(61, 104),
      ],
    });
    expect(causesOf(report)).toEqual({ 'worker-killed': 3 });
  });

  it('does not come from a response that NGINX only could not read', async () => {
    const report = await diagnose({
      'access.log': [access(0, 502), access(1, 502), access(3, 502)],
      'error.log': [
        error(0, REFUSED, { upstream: a }),
        error(1, 'upstream sent too big header while reading response header from upstream', {
          upstream: 'http://10.0.0.9:9000',
        }),
        error(3, NO_LIVE, { upstream: group }),
      ],
    });
    expect(causesOf(report)).toEqual({ 'backend-not-listening': 2, 'upstream-header-too-big': 1 });
  });

  it('is the last word when nothing came before', async () => {
    const report = await diagnose({
      'access.log': [access(0, 502)],
      'error.log': [error(0, NO_LIVE, { upstream: group })],
    });
    expect(causesOf(report)).toEqual({ 'no-live-upstreams': 1 });
  });
});

describe('more failures in a minute than are kept one by one', () => {
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);

  it.each([
    { name: 'different requests', request: (index: number) => `GET /p/${index} HTTP/1.1` },
    { name: 'one hot request', request: () => 'GET /cart HTTP/1.1' },
  ])('shares the causes and keeps the sum: $name', async ({ request }) => {
    const visits = range(6_000).map((index) => {
      const isSlow = index % 3 === 0;
      return failed(Math.floor(index / 120), isSlow ? 504 : 502, isSlow ? SLOW : REFUSED, {
        request: request(index),
      });
    });
    const report = await diagnose({
      'access.log': [access(-70, 200), ...visits.map((visit) => visit.access)],
      'error.log': visits.map((visit) => visit.error),
    });
    expect(report.failures).toBe(6_000);
    expect(report.diagnoses.map(({ byStatus }) => byStatus)).toEqual([
      { 502: 4_000 },
      { 504: 2_000 },
    ]);
  });

  it.each([
    { name: 'different requests', request: (index: number) => `GET /p/${index} HTTP/1.1` },
    { name: 'one hot request', request: () => 'GET /cart HTTP/1.1' },
  ])('keeps the sum where each request failed at two peers: $name', async ({ request }) => {
    const visits = range(1_500).map((index) => ({
      seconds: Math.floor(index / 30),
      visit: { request: request(index), connection: index + 1 },
    }));
    const twice = visits.flatMap(({ seconds, visit }) => [
      error(seconds, REFUSED, { ...visit, upstream: 'http://10.0.0.1:8000' }),
      error(seconds, REFUSED, { ...visit, upstream: 'http://10.0.0.2:8000' }),
    ]);
    const around = [error(-30, REFUSED, { request: 'GET /zz HTTP/1.1' })];
    const both = await diagnose({
      'access.log': [
        access(-30, 502, { request: 'GET /zz HTTP/1.1' }),
        ...visits.map(({ seconds, visit }) => access(seconds, 502, visit)),
      ],
      'error.log': [...around, ...twice],
    });
    expect(causesOf(both)).toEqual({ 'backend-not-listening': 1_501 });
    const alone = await diagnose({ 'error.log': twice });
    expect(causesOf(alone)).toEqual({ 'backend-not-listening': 1_500 });
  });

  it('keeps a rare status that was not kept itself', async () => {
    const visits = range(2_500).map((index) => access(Math.floor(index / 50), 502));
    const report = await diagnose({ 'access.log': [...visits, access(55, 504)] });
    expect(report.failures).toBe(2_501);
    expect(report.requests?.byStatus).toEqual({ 502: 2_500, 504: 1 });
  });
});
