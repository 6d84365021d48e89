/** Nothing a client sends keeps a line from passing a default pattern. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterPatternOf } from '../../core/config/filter-patterns.ts';
import type { LogRole } from '../../core/model.ts';
import { observeAccessLine } from '../../core/observe/request.ts';
import { observeErrorLine } from '../../core/observe/upstream-error.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { compilePattern, evaluatePattern } from './evaluate-pattern.ts';
import { accessLine, errorLine } from './nginx-lines.ts';
import { READINGS } from './pattern.ts';

const COMBINED = NAMED_FORMATS.combined?.source ?? '';
const BADGATEWAY = NAMED_FORMATS.badgateway?.source ?? '';
const UNESCAPED = `log_format open escape=none '${COMBINED}';`;
const JSON_FIELDS =
  '"time":"$time_iso8601","ua":"$http_user_agent","request":"$request","user":"$remote_user","status":$status,"bytes":$body_bytes_sent,"upstream_status":"$upstream_status","referer":"$http_referer"';

/** The format a pattern is made for, and the one that NGINX writes. */
const FORMATS: readonly (readonly [name: string, configured: string, written: string])[] = [
  ['combined', 'combined', COMBINED],
  ['main', 'main', NAMED_FORMATS.main?.source ?? ''],
  ['badgateway', 'badgateway', BADGATEWAY],
  ['ingress', 'ingress', NAMED_FORMATS.ingress?.source ?? ''],
  ['combined, more at the end', 'combined', `${COMBINED} $request_time "$http_cookie"`],
  ['any JSON', 'json', `escape=json {${JSON_FIELDS}}`],
  ['any JSON, not escaped as JSON', 'json', `{${JSON_FIELDS}}`],
  ['any JSON, strings', 'json', `escape=json {${JSON_FIELDS.replace('$status', '"$status"')}}`],
  [
    'their own JSON',
    `log_format j escape=json '{${JSON_FIELDS}}';`,
    `escape=json {${JSON_FIELDS}}`,
  ],
  [
    'a terse one',
    '$msec $status $request_method $host "$uri"',
    '$msec $status $request_method $host "$uri"',
  ],
  ['status first', '$status $time_iso8601 "$request"', '$status $time_iso8601 "$request"'],
  [
    'status last',
    '$time_iso8601 $remote_addr "$request" $status',
    '$time_iso8601 $remote_addr "$request" $status',
  ],
  ['nothing escaped', UNESCAPED, UNESCAPED],
];

const HOSTILE = [
  '',
  '" 200 ',
  '"',
  '""',
  '[',
  ']',
  '[[',
  '" 200 12 "',
  'a b c "d" [e]',
  '/[warn]',
  '[warn] 1#1: ',
  '[info]',
  'GET / HTTP/1.1" 200 2 "-" "-',
  '\x22 404 ',
  '\\x22 200 ',
  '%',
  '\x16\x03\x01\x02\x00',
  '\x1b[2J',
  '","status":200,"x":"',
  '\\',
  '\\"',
  '{ $.status = 200 }',
  '-"GET"',
  ', client: 1.2.3.4, server: x',
  'us="200"',
  '\u00e9\u00fc',
];

/** Bytes that HTTP lets through, and those that only broken clients send. */
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 12, unit: 'binary' })), {
      maxLength: 5,
    })
    .map((parts) =>
      Buffer.from(parts.join(''))
        .toString('latin1')
        .replace(/[\0\r\n]/g, ''),
    ),
);

const values = fc.record({
  remote_user: hostile,
  request: hostile,
  request_uri: hostile,
  uri: hostile,
  host: hostile,
  http_referer: hostile,
  http_user_agent: hostile,
  http_x_forwarded_for: hostile,
  http_cookie: hostile,
});

const FAILED = ['500', '502', '504', '009'];

function passes(role: LogRole, format: string | null, line: string): boolean {
  const { pattern } = filterPatternOf({ role, format });
  const results = READINGS.map((reading) => evaluatePattern(pattern ?? '', line, reading));
  expect(new Set(results).size, line).toBe(1);
  return results[0] === true;
}

/** What stands around a line when a collector wrote it. */
const WRAPPERS: readonly (readonly [string, (line: string) => string])[] = [
  ['nothing', (line) => line],
  ['syslog', (line) => `<190>Nov 21 01:02:19 vm nginx: ${line}`],
  ['Docker', (line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-11-21' })],
  ['Kubernetes', (line) => `2026-11-21T01:02:19.123456Z stdout F ${line}`],
];

describe.each(FORMATS)('an access log with %s', (_, configured, written) => {
  it.each(WRAPPERS)('passes every failed request, in %s', (_name, wrap) => {
    fc.assert(
      fc.property(values, fc.constantFrom(...FAILED), (sent, status) => {
        const line = wrap(accessLine(written, { ...sent, status, upstream_status: status }));
        expect(passes('access', configured, line), line).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('an access log with tries', () => {
  const lists = ['502, 200', '504, 200', '200, 502', '502 : 200', '-, 504', '502', '504, 502, 200'];
  const formats = FORMATS.filter(([, configured, written]) => {
    return configured !== 'combined' && written.includes('upstream_status');
  });

  it.each(formats)(
    'passes a request that the next upstream answered, in %s',
    (_, configured, written) => {
      fc.assert(
        fc.property(values, fc.constantFrom(...lists), (sent, list) => {
          const line = accessLine(written, { ...sent, status: '200', upstream_status: list });
          expect(passes('access', configured, line), line).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
  );

  it('passes one whose list ends the line', () => {
    const source = '$time_iso8601 "$request" $status $request_time $upstream_status';
    for (const list of lists) {
      const line = accessLine(source, {
        request: 'GET / HTTP/1.1',
        status: '200',
        upstream_status: list,
      });
      expect(passes('access', source, line), line).toBe(true);
    }
  });
});

describe('requests that did not fail', () => {
  it.each(['combined', 'main', 'badgateway'])(
    'never pass, whatever their clients send, with %s',
    (name) => {
      const written = NAMED_FORMATS[name]?.source ?? '';
      fc.assert(
        fc.property(values, fc.constantFrom('200', '304', '404', '499', '503'), (sent, status) => {
          const line = accessLine(written, { ...sent, status, upstream_status: status });
          expect(passes('access', name, line), line).toBe(false);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('agree with core on every status', () => {
    const format = compileLogFormat(BADGATEWAY);
    const about = { host: 'web', origin: { path: 'log', lineNumber: 0 } };
    const extra: string[] = [];
    for (let code = 0; code < 1000; code++) {
      const status = String(code).padStart(3, '0');
      const line = accessLine(BADGATEWAY, {
        request: 'GET / HTTP/1.1',
        status,
        upstream_status: '-',
      });
      const isKept = observeAccessLine(format, line, about) !== null;
      const isPassed = passes('access', 'badgateway', line);
      if (isKept) expect(isPassed, status).toBe(true);
      else if (isPassed) extra.push(status);
    }
    expect(extra).toEqual(['000', '002', '004', '509']);
  });
});

const MESSAGES: readonly (readonly [level: string, message: string])[] = [
  ['error', 'connect() failed (111: Connection refused) while connecting to upstream'],
  [
    'crit',
    'connect() to unix:/run/g.sock failed (2: No such file or directory) while connecting to upstream',
  ],
  ['alert', 'socket() failed (24: Too many open files) while connecting to upstream'],
  ['emerg', 'host not found in upstream "app" in /etc/nginx/nginx.conf:7'],
  ['warn', 'upstream server temporarily disabled while connecting to upstream'],
  ['warn', '1024 worker_connections are not enough, reusing connections'],
  [
    'info',
    'client prematurely closed connection, so upstream connection is closed too while sending request to upstream',
  ],
  [
    'info',
    'epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while connecting to upstream',
  ],
  ['info', 'upstream sent invalid header while reading response header from upstream'],
];

const QUIET: readonly (readonly [level: string, message: string])[] = [
  [
    'warn',
    'an upstream response is buffered to a temporary file /var/lib/nginx/proxy/1/00/0000000001 while reading upstream',
  ],
  ['warn', 'a client request body is buffered to a temporary file /var/lib/nginx/body/0000000001'],
  ['info', 'client 203.0.113.7 closed keepalive connection'],
  ['info', 'client sent invalid request while reading client request line'],
  ['notice', 'signal process started'],
];

describe('an error log', () => {
  it.each(MESSAGES)('passes [%s] %s', (level, message) => {
    const sent = fc.record({ request: hostile, host: hostile, referrer: hostile });
    const about = { host: 'web', offsetMs: 0, origin: { path: 'log', lineNumber: 0 } };
    expect(
      observeErrorLine(
        errorLine(level, message, { request: 'GET / HTTP/1.1', host: 'h', referrer: '' }),
        about,
      ),
    ).not.toBeNull();
    fc.assert(
      fc.property(sent, fc.constantFrom(...WRAPPERS), (client, [, wrap]) => {
        const line = wrap(errorLine(level, message, client));
        expect(passes('error', null, line), line).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it.each(QUIET)('keeps back [%s] %s', (level, message) => {
    const client = { request: 'GET / HTTP/1.1', host: 'shop.example', referrer: '-' };
    expect(passes('error', null, errorLine(level, message, client))).toBe(false);
  });
});

describe('a delimited pattern', () => {
  it('would lose failures that the default passes', () => {
    const delimited = '[ip, ident, user, time, request, status = 5*, bytes, ...]';
    const sent = { remote_user: 'a b', request: 'GET / HTTP/1.1', status: '502' };
    const line = accessLine(COMBINED, sent);
    expect(READINGS.map((reading) => evaluatePattern(delimited, line, reading))).toEqual([
      false,
      false,
    ]);
    expect(passes('access', 'combined', line)).toBe(true);
  });

  it('and a JSON pattern would lose what is no valid JSON', () => {
    const line = accessLine(`{${JSON_FIELDS}}`, { http_user_agent: '"', status: '502' });
    expect(compilePattern('{ $.status = 502 }', 'lenient')(line)).toBe(false);
    expect(passes('access', 'json', line)).toBe(true);
  });
});
