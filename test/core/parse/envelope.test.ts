import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Envelope, unwrap } from '../../../core/parse/envelope.ts';
import { anyBytes, clientText, combinedLine, ERROR_HEAD, escapeJson } from './nginx-writes.ts';

const ERROR = `${ERROR_HEAD}connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.9, server: shop, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "shop"`;
const ACCESS = combinedLine({});
const GUNICORN = '[2026-11-20 12:17:25 +0000] [4671] [CRITICAL] WORKER TIMEOUT (pid:4685)';
const STARTUP = 'nginx: [emerg] host not found in upstream "shop:8000" in /etc/nginx/nginx.conf:3';
const AT = Date.UTC(2026, 10, 20, 12, 14, 32);

const BARE = {
  at: null,
  host: null,
  tag: null,
  pid: null,
  isPartial: false,
  time: null,
} satisfies Omit<Envelope, 'text'>;

function wallTime(year: number | null) {
  return { year, month: 11, day: 20, hour: 12, minute: 14, second: 32 };
}

describe('a line without a wrapper', () => {
  it.each([
    ERROR,
    ACCESS,
    GUNICORN,
    STARTUP,
    '',
    '2001:db8::1 - - [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0 "-" "-"',
    'fe80:: - - [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0 "-" "-"',
    'shop.example 203.0.113.9 - - [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0 "-" "-"',
    '2026-11-20T12:14:32+00:00 203.0.113.9 "GET / HTTP/1.1" 502',
    '192.168.10.5 | 502 | GET /',
    'shop.example | 502 | GET /',
    '{"time":"2026-11-20T12:14:32+00:00","status":502,"request":"GET /log HTTP/1.1"}',
    '{"level":"error","logger":"gunicorn.error","message":"WORKER TIMEOUT (pid:4685)"}',
    'Traceback (most recent call last):',
    "ModuleNotFoundError: No module named 'shop'",
    'gunicorn: error: unrecognized arguments: --worker',
    "Error: class uri 'gevent' invalid or not found:",
    '[  123.456789] Out of memory: Killed process 4685 (gunicorn)',
    '    raise HaltServer(reason, self.WORKER_BOOT_ERROR)',
    '<not a priority> text',
    '<1234>Nov 20 12:14:32 host nginx: x',
  ])('stays as it is: %j', (line) => expect(unwrap(line)).toEqual({ ...BARE, text: line }));
});

describe('syslog', () => {
  it.each<[string, string, Partial<Envelope>]>([
    [
      'nginx',
      '<187>Nov 20 12:14:32 vm nginx: ',
      { host: 'vm', tag: 'nginx', time: wallTime(null) },
    ],
    ['nginx nohostname', '<187>Nov 20 12:14:32 nginx: ', { tag: 'nginx', time: wallTime(null) }],
    [
      'a file of rsyslog',
      'Nov 20 12:14:32 vm nginx: ',
      { host: 'vm', tag: 'nginx', time: wallTime(null) },
    ],
    [
      'journald',
      'Nov 20 12:14:32 web-1 nginx[2977]: ',
      { host: 'web-1', tag: 'nginx', pid: 2977, time: wallTime(null) },
    ],
    [
      'journald short-precise',
      'Nov 20 12:14:32.123456 web-1 nginx[2977]: ',
      { host: 'web-1', tag: 'nginx', pid: 2977, time: wallTime(null) },
    ],
    [
      'journald short-iso',
      '2026-11-20T12:14:32+0000 web-1 nginx[2977]: ',
      { at: AT, host: 'web-1', tag: 'nginx', pid: 2977 },
    ],
    [
      'journald short-iso-precise',
      '2026-11-20T13:14:32.500000+01:00 web-1 nginx[2977]: ',
      { at: AT + 500, host: 'web-1', tag: 'nginx', pid: 2977 },
    ],
    [
      'journald short-unix',
      `${AT / 1000}.250000 web-1 nginx[2977]: `,
      { at: AT + 250, host: 'web-1', tag: 'nginx', pid: 2977 },
    ],
    [
      'journald short-full',
      'Fri 2026-11-20 12:14:32 UTC web-1 nginx[2977]: ',
      { at: AT, host: 'web-1', tag: 'nginx', pid: 2977 },
    ],
    [
      'journald short-full elsewhere',
      'Fri 2026-11-20 12:14:32 CET web-1 nginx[2977]: ',
      { host: 'web-1', tag: 'nginx', pid: 2977, time: wallTime(2026) },
    ],
    [
      'rsyslog with a full time',
      '2026-11-20T12:14:32.123456+00:00 vm nginx: ',
      { at: AT + 123, host: 'vm', tag: 'nginx' },
    ],
    ['Heroku', '2026-11-20T12:14:32.123456+00:00 app[web.1]: ', { at: AT + 123, tag: 'app' }],
    [
      'RFC 5424',
      '<187>1 2026-11-20T12:14:32.123Z vm nginx 2977 - - ',
      { at: AT + 123, host: 'vm', tag: 'nginx', pid: 2977 },
    ],
    [
      'RFC 5424 with data',
      '<187>1 2026-11-20T12:14:32Z vm nginx - ID1 [a@1 k="] \\" ["][b x="y"] \xef\xbb\xbf',
      { at: AT, host: 'vm', tag: 'nginx' },
    ],
    ['RFC 5424 that knows nothing', '<187>1 - - - - - - ', {}],
    ['a priority and a program alone', '<11>gunicorn.shop.error: ', { tag: 'gunicorn.shop.error' }],
    [
      'a host and a program alone',
      'web-1 nginx[2977]: ',
      { host: 'web-1', tag: 'nginx', pid: 2977 },
    ],
    ['that twice', 'web-1 nginx[2977]: web-1 nginx: ', { host: 'web-1', tag: 'nginx' }],
  ])('%s', (_, prefix, said) => {
    expect(unwrap(prefix + ERROR)).toEqual({ ...BARE, ...said, text: ERROR });
  });

  it('reads a day of one digit', () => {
    const { time } = unwrap(`Nov  3 12:14:32 vm nginx: ${ERROR}`);
    expect(time).toEqual({ ...wallTime(null), day: 3 });
  });

  it('keeps the pid of a Gunicorn line without a level', () => {
    const { text, tag } = unwrap(
      'Nov 20 12:14:32 vm gunicorn.shop.error: [4671] WORKER TIMEOUT (pid:4685)',
    );
    expect([tag, text]).toEqual(['gunicorn.shop.error', '[4671] WORKER TIMEOUT (pid:4685)']);
  });
});

describe('containers', () => {
  it.each<[string, string, Partial<Envelope>]>([
    ['docker logs --timestamps', '2026-11-20T12:14:32.123456789Z ', { at: AT + 123 }],
    ['CRI', '2026-11-20T12:14:32.123456789Z stderr F ', { at: AT + 123 }],
    ['CRI in another zone', '2026-11-20T13:14:32.123456789+01:00 stdout F ', { at: AT + 123 }],
    [
      'CRI with a part of a line',
      '2026-11-20T12:14:32.123456789Z stderr P ',
      { at: AT + 123, isPartial: true },
    ],
    ['kubectl logs --prefix', '[pod/shop-7d9f/nginx] ', { host: 'shop-7d9f', tag: 'nginx' }],
    ['Compose', 'web-1  | ', { tag: 'web-1' }],
    ['Compose 1', 'web_1 | ', { tag: 'web_1' }],
    ['Compose in colour', '\x1b[36mnginx        |\x1b[0m ', { tag: 'nginx' }],
    ['Compose 2 in colour', '\x1b[36mweb-1  | \x1b[0m', { tag: 'web-1' }],
    [
      'Compose with timestamps',
      'web-1  | 2026-11-20T12:14:32.123456789Z ',
      { at: AT + 123, tag: 'web-1' },
    ],
    [
      'Compose around journald',
      'web-1  | Nov 20 12:14:32 vm nginx[2977]: ',
      { host: 'vm', tag: 'nginx', pid: 2977, time: wallTime(null) },
    ],
    ["supervisor's listener", 'shop:nginx stderr | ', { tag: 'shop:nginx' }],
    ['colour alone', '\x1b[31;1m', {}],
  ])('%s', (_, prefix, said) => {
    expect(unwrap(prefix + ERROR)).toEqual({ ...BARE, ...said, text: ERROR });
  });

  it.each<[string, Record<string, unknown>, Partial<Envelope>]>([
    [
      'Docker',
      { log: `${ERROR}\n`, stream: 'stderr', time: '2026-11-20T12:14:32.123456789Z' },
      { at: AT + 123 },
    ],
    [
      'Docker with a part of a line',
      { log: ERROR, stream: 'stderr', time: '2026-11-20T12:14:32Z' },
      { at: AT, isPartial: true },
    ],
    [
      'fluent-bit',
      {
        log: ERROR,
        stream: 'stderr',
        logtag: 'F',
        time: '2026-11-20T12:14:32Z',
        kubernetes: { pod_name: 'shop-7d9f', container_name: 'nginx' },
      },
      { at: AT, host: 'shop-7d9f', tag: 'nginx' },
    ],
    [
      'fluentd',
      { container_id: 'f00', container_name: '/shop', source: 'stderr', log: ERROR },
      { tag: '/shop' },
    ],
    [
      'journalctl -o json',
      {
        __REALTIME_TIMESTAMP: `${AT}123`,
        _HOSTNAME: 'vm',
        SYSLOG_IDENTIFIER: 'nginx',
        _PID: '2977',
        MESSAGE: ERROR,
      },
      { at: AT, host: 'vm', tag: 'nginx', pid: 2977 },
    ],
    [
      'journalctl -o json with bytes',
      { __REALTIME_TIMESTAMP: `${AT}000`, MESSAGE: [...Buffer.from(ERROR, 'latin1')] },
      { at: AT },
    ],
    ['Filebeat', { '@timestamp': '2026-11-20T12:14:32.000Z', message: ERROR }, { at: AT }],
    [
      'a shipper of syslog',
      { timestamp: 1, message: `vm nginx: ${ERROR}` },
      { host: 'vm', tag: 'nginx' },
    ],
  ])('%s', (_, object, said) => {
    expect(unwrap(JSON.stringify(object))).toEqual({ ...BARE, ...said, text: ERROR });
  });

  it('gives a JSON access line out of Docker as it was', () => {
    const line = '{"status":502,"request":"GET /caf\xc3\xa9 HTTP/1.1"}';
    const docker = `{"log":"${escapeJson(line)}\\n","stream":"stdout","time":"2026-11-20T12:14:32Z"}`;
    expect(unwrap(docker)).toEqual({ ...BARE, at: AT, text: line });
  });
});

describe('any wrapper', () => {
  const wrappers: readonly ((line: string) => string)[] = [
    (line) => `<187>Nov 20 12:14:32 vm nginx: ${line}`,
    (line) => `Nov 20 12:14:32 web-1 nginx[2977]: ${line}`,
    (line) => `<187>1 2026-11-20T12:14:32Z vm nginx - - - ${line}`,
    (line) => `2026-11-20T12:14:32.123456789Z stderr F ${line}`,
    (line) => `2026-11-20T12:14:32.123456789Z ${line}`,
    (line) => `web-1  | ${line}`,
    (line) => `{"log":"${escapeJson(line)}\\n","stream":"stderr","time":"2026-11-20T12:14:32Z"}`,
    (line) => `{"_HOSTNAME":"vm","MESSAGE":"${escapeJson(line)}"}`,
  ];
  const lines = fc.oneof(
    clientText.map((text) => `${ERROR_HEAD}${text}`),
    clientText.map((text) => combinedLine({ request: text, agent: text, user: text })),
    clientText.map((text) => `${GUNICORN} ${text}`),
  );

  it('gives the line back, one around another too', () => {
    const stack = fc.array(fc.constantFrom(...wrappers), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lines, stack, (line, layers) => {
        expect(unwrap(layers.reduce((text, wrap) => wrap(text), line)).text).toBe(line);
      }),
    );
  });

  it('is never found inside a line', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom(...wrappers), (line, wrap) => {
        const text = `${ERROR_HEAD}x, client: 203.0.113.9, request: "${wrap(line)}"`;
        expect(unwrap(text)).toEqual({ ...BARE, text });
      }),
    );
  });

  it('never throws', () => {
    const starts = fc.constantFrom(
      '',
      '<187>',
      '{"log":"',
      'Nov 20 12:14:32 ',
      '2026-11-20T12:14:32.1Z ',
      '\x1b[',
      'web-1  | ',
      '<187>1 ',
    );
    fc.assert(fc.property(starts, anyBytes, (start, bytes) => void unwrap(start + bytes)));
  });

  it.each([
    '<187>1 - - - - - [',
    '{"log":"',
    '{"MESSAGE":[',
    '\x1b[',
    'web-1',
    'Nov 20 12:14:32 ',
    '[pod/',
    'a',
    '2026-11-20T12:14:32.',
  ])('takes linear time on a megabyte after %j', (start) => {
    for (const filler of ['1', '"', ' ', '[', ']', '\\', 'a:', 'a: ', '1,', '\x1b[0m']) {
      const before = performance.now();
      unwrap(start + filler.repeat(1_000_000 / filler.length));
      expect(performance.now() - before).toBeLessThan(1000);
    }
  });
});
