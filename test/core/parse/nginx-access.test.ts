import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileLogFormat, type LogFormat, NAMED_FORMATS } from '../../../core/parse/log-format.ts';
import { type AccessFields, parseAccessLine } from '../../../core/parse/nginx-access.ts';
import { anyBytes, combinedLine, escapeDefault, escapeJson, hostileText } from './nginx-writes.ts';

const AT = Date.UTC(2026, 10, 20, 12, 13, 37);
const EXTRA =
  ' rt=0.012 uct="-, 0.001" uht="-, 0.002" urt="0.000, 0.011" us="502, 200" ua="127.0.0.1:8000, unix:/run/g.sock" pid=2977 c=44 cr=3 ms=1795176817.250 rid=0123456789abcdef0123456789abcdef';

function named(name: string): LogFormat {
  const format = NAMED_FORMATS[name];
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
}

function read(format: LogFormat | string, text: string): AccessFields {
  const compiled = typeof format === 'string' ? compileLogFormat(format) : format;
  const fields = parseAccessLine(compiled, text);
  if (fields === null) throw new Error(`not parsed: ${text.slice(0, 200)}`);
  return fields;
}

const NOTHING_ELSE = {
  requestTimeMs: null,
  tries: null,
  connection: null,
  connectionRequests: null,
  pid: null,
  requestId: null,
  serverHost: null,
};

describe('combined', () => {
  it('gives what it has', () => {
    expect(read(named('combined'), combinedLine({ request: 'GET /a?b HTTP/1.1' }))).toEqual({
      at: AT,
      status: 502,
      remoteAddr: '203.0.113.9',
      request: 'GET /a?b HTTP/1.1',
      ...NOTHING_ELSE,
    });
  });

  it.each([
    ['009', 9],
    ['000', 0],
    ['499', 499],
  ])('reads the status %s', (status, number) => {
    expect(read(named('combined'), combinedLine({ status })).status).toBe(number);
  });

  it('has no request where there was none', () => {
    expect(read(named('combined'), combinedLine({ request: '-' })).request).toBeNull();
    expect(read(named('combined'), combinedLine({ request: '' })).request).toBeNull();
  });

  it('leaves appended fields alone', () => {
    expect(read(named('combined'), `${combinedLine({})} 0.1 "x" y=z`).status).toBe(502);
  });

  it.each(['2001:db8::9', 'unix:'])('reads the client %s', (client) => {
    const line = combinedLine({}).replace('203.0.113.9', client);
    expect(read(named('combined'), line).remoteAddr).toBe(client);
  });

  it('is null for what is not of the format', () => {
    for (const text of ['', 'x', '{"status":502}', combinedLine({}).slice(1).replace('[', '(')]) {
      expect(parseAccessLine(named('combined'), text)).toBeNull();
    }
  });

  it('needs the line up to its status', () => {
    const line = combinedLine({});
    const statusEnd = line.indexOf(' 157');
    for (let end = 0; end <= line.length; end++) {
      const status = parseAccessLine(named('combined'), line.slice(0, end))?.status ?? null;
      expect(status).toBe(end < statusEnd ? null : 502);
    }
  });
});

describe('badgateway', () => {
  it('gives everything', () => {
    expect(read(named('badgateway'), combinedLine({ status: '200' }) + EXTRA)).toEqual({
      at: 1_795_176_817_250,
      status: 200,
      remoteAddr: '203.0.113.9',
      request: 'GET / HTTP/1.1',
      requestTimeMs: 12,
      tries: [
        { address: '127.0.0.1:8000', status: 502, connectMs: null, headerMs: null, responseMs: 0 },
        { address: 'unix:/run/g.sock', status: 200, connectMs: 1, headerMs: 2, responseMs: 11 },
      ],
      connection: 44,
      connectionRequests: 3,
      pid: 2977,
      requestId: '0123456789abcdef0123456789abcdef',
      serverHost: null,
    });
  });

  it.each([
    ['no upstream', '"-"', '"-"', '"-"', []],
    ['nothing written', '""', '""', '""', []],
    [
      'no socket for it (EMFILE)',
      '"-"',
      '""',
      '"0.000"',
      [{ address: null, status: null, responseMs: 0 }],
    ],
    [
      'a client that left',
      '"-"',
      '"10.0.0.1:80"',
      '"1.5"',
      [{ address: '10.0.0.1:80', status: null, responseMs: 1500 }],
    ],
    [
      'a redirect to another upstream',
      '"404 : 502"',
      '"10.0.0.1:80 : 10.0.0.2:80"',
      '"0.1 : 0.2"',
      [
        { address: '10.0.0.1:80', status: 404, responseMs: 100 },
        { address: '10.0.0.2:80', status: 502, responseMs: 200 },
      ],
    ],
    [
      'a list of two kinds',
      '"502, 502 : 200"',
      '"a, b : c"',
      '"0.1, 0.2 : 0.3"',
      [
        { address: 'a', status: 502 },
        { address: 'b', status: 502 },
        { address: 'c', status: 200 },
      ],
    ],
    [
      'a group without a live server',
      '"502"',
      '"shop_backend"',
      '"0.000"',
      [{ address: 'shop_backend', status: 502, responseMs: 0 }],
    ],
  ])('reads %s', (_, us, ua, urt, tries) => {
    const line = `${combinedLine({})} rt=0.012 uct="-" uht="-" urt=${urt} us=${us} ua=${ua} pid=1 c=2 cr=1 ms=1795176817.250 rid=-`;
    const fields = read(named('badgateway'), line);
    expect(fields.tries).toHaveLength(tries.length);
    expect(fields.tries).toMatchObject(tries);
  });

  it('keeps what stands before a cut', () => {
    const line = combinedLine({}) + EXTRA;
    const fields = read(named('badgateway'), line.slice(0, line.indexOf(' cr=')));
    expect(fields).toMatchObject({ status: 502, connection: 44, connectionRequests: null, at: AT });
  });
});

describe('ingress-nginx', () => {
  it('reads lists without quotes', () => {
    const line = `${combinedLine({})} 502 0.033 [ns-shop-80] [] [2a02:cf40::]:9200, 10.0.0.1:80 0, 470 0.001, 0.032 502, 200 3db7`;
    expect(read(named('ingress'), line)).toMatchObject({
      requestTimeMs: 33,
      requestId: '3db7',
      tries: [
        { address: '[2a02:cf40::]:9200', status: 502, responseMs: 1 },
        { address: '10.0.0.1:80', status: 200, responseMs: 32 },
      ],
    });
  });

  it('reads a request that asked no upstream', () => {
    const line = `${combinedLine({ status: '404' })} 502 0.000 [] [] - - - - 3db7`;
    expect(read(named('ingress'), line)).toMatchObject({ tries: [], requestId: '3db7' });
  });
});

describe('a format of the user', () => {
  it.each([
    [
      '[$time_iso8601] $status "$request" $host',
      '[2026-11-20T12:13:37+00:00] 502 "GET / HTTP/1.1" shop.example',
      { status: 502, serverHost: 'shop.example' },
    ],
    [
      '$msec|$status|$request_method|$request_uri|$server_protocol|$remote_addr',
      '1795176817.000|502|GET|/a?b|HTTP/1.1|10.0.0.1',
      { request: 'GET /a?b HTTP/1.1', remoteAddr: '10.0.0.1' },
    ],
    [
      '$time_local $scheme://$host$request_uri $request_method $status',
      '20/Nov/2026:12:13:37 +0000 https://shop.example/a?b GET 502',
      { request: 'GET /a?b' },
    ],
    [
      '$remote_addr:$remote_port [$time_local] $status',
      '2001:db8::9:443 [20/Nov/2026:12:13:37 +0000] 502',
      { remoteAddr: '2001:db8::9' },
    ],
    ['$time_local\t$status\t$http_x', '20/Nov/2026:12:13:37 +0000\t502\tx y', { status: 502 }],
    [
      '$status$request_time $time_iso8601',
      '5020.250 2026-11-20T12:13:37+00:00',
      { status: 502, requestTimeMs: 250 },
    ],
    [
      '$time_local,$upstream_status,$status,$upstream_addr',
      '20/Nov/2026:12:13:37 +0000,502, 200,200,a, b',
      {
        status: 200,
        tries: [
          { address: 'a', status: 502 },
          { address: 'b', status: 200 },
        ],
      },
    ],
    [
      '[$upstream_addr] $time_local $status',
      '[10.0.0.1:80, 10.0.0.2:80] 20/Nov/2026:12:13:37 +0000 502',
      { tries: [{ address: '10.0.0.1:80' }, { address: '10.0.0.2:80' }] },
    ],
    [
      '{"time":"$time_iso8601","status":$status,"urt":$upstream_response_time, "us":"$upstream_status"}',
      '{"time":"2026-11-20T12:13:37+00:00","status":502,"urt":0.1, 0.2, "us":"502, 502"}',
      { tries: [{ responseMs: 100 }, { responseMs: 200 }] },
    ],
  ])('%s', (format, line, fields) => {
    expect(read(format, line)).toMatchObject({ at: AT, ...fields });
  });

  it.each([
    ['default', escapeDefault],
    ['json', escapeJson],
  ] as const)('gives back the bytes that escape=%s wrote', (how, escaped) => {
    const format = compileLogFormat('"$request" $status [$time_local] "$host"', how);
    fc.assert(
      fc.property(anyBytes, anyBytes, (request, host) => {
        const line = `"${escaped(request)}" 502 [20/Nov/2026:12:13:37 +0000] "${escaped(host)}"`;
        const fields = read(format, line);
        expect(fields.status).toBe(502);
        expect(fields.request).toBe(request === '' || request === '-' ? null : request);
        expect(fields.serverHost).toBe(host === '' || host === '-' ? null : host);
      }),
    );
  });

  it('finds the end of a request line that has no quotes around it', () => {
    const format = '$remote_addr|$request|$status|$body_bytes_sent|$time_local';
    const line =
      '10.0.0.1|GET /a|502|0|20/Nov/2026:12:13:37 +0000 HTTP/1.1|200|5|20/Nov/2026:12:13:37 +0000';
    expect(read(format, line).status).toBe(200);
    expect(read(format, '10.0.0.1|-|400|5|20/Nov/2026:12:13:37 +0000').status).toBe(400);
  });

  it('finds the end of a quoted request that is not escaped', () => {
    const format = compileLogFormat('"$request" $status $time_local', 'none');
    const line = '"GET /" 200 20/Nov/2026:12:13:37 +0000 HTTP/1.1" 502 20/Nov/2026:12:13:37 +0000';
    expect(read(format, line).status).toBe(502);
  });
});

describe('JSON lines read by their keys', () => {
  const json = named('json');

  it('knows the names NGINX has for them', () => {
    const line =
      '{"time_iso8601":"2026-11-20T12:13:37+00:00","msec":"1795176817.250","remote_addr":"10.0.0.1","request":"GET /caf\xc3\xa9 HTTP/1.1","status":"502","request_time":"0.012","upstream_addr":"a, b","upstream_status":"502, 502","upstream_response_time":"0.000, 0.001","connection":"44","pid":"2977","request_id":"f00","host":"shop"}';
    expect(read(json, line)).toMatchObject({
      at: 1_795_176_817_250,
      status: 502,
      remoteAddr: '10.0.0.1',
      request: 'GET /caf\xc3\xa9 HTTP/1.1',
      requestTimeMs: 12,
      tries: [
        { address: 'a', status: 502, responseMs: 0 },
        { address: 'b', status: 502, responseMs: 1 },
      ],
      connection: 44,
      pid: 2977,
      requestId: 'f00',
      serverHost: 'shop',
    });
  });

  it.each([
    ['numbers', '{"ts":1795176817,"status":502,"request_time":0.5}', { requestTimeMs: 500 }],
    ['milliseconds', '{"timestamp":1795176817000,"status":502}', {}],
    ['a local time', '{"time_local":"20/Nov/2026:12:13:37 +0000","status":502}', {}],
    [
      'parts of a request',
      '{"@timestamp":"2026-11-20T12:13:37Z","status":502,"request_method":"GET","request_uri":"/a","server_protocol":"HTTP/1.1"}',
      { request: 'GET /a HTTP/1.1' },
    ],
    [
      'a request that is a path',
      '{"@timestamp":"2026-11-20T12:13:37Z","status":502,"method":"GET","request":"/a"}',
      { request: 'GET /a' },
    ],
    [
      'Elastic names',
      '{"@timestamp":"2026-11-20T12:13:37Z","http":{"response":{"status_code":502},"request":{"method":"GET"}},"url":{"original":"/a"},"source":{"ip":"10.0.0.1"}}',
      { request: 'GET /a', remoteAddr: '10.0.0.1' },
    ],
    [
      'other spelling',
      '{"Time":"2026-11-20T12:13:37Z","Status-Code":502,"remoteAddr":"10.0.0.1"}',
      { remoteAddr: '10.0.0.1' },
    ],
    [
      'the better of two names',
      '{"response":"x","status":502,"time":"0.1","time_iso8601":"2026-11-20T12:13:37+00:00"}',
      {},
    ],
  ])('knows %s', (_, line, fields) => {
    expect(read(json, line)).toMatchObject({ at: AT, status: 502, ...fields });
  });

  it('is null without a status or a time', () => {
    expect(parseAccessLine(json, '{"status":502}')).toBeNull();
    expect(parseAccessLine(json, '{"time":"2026-11-20T12:13:37Z"}')).toBeNull();
    expect(parseAccessLine(json, '502')).toBeNull();
  });
});

describe('a hostile value', () => {
  it('in any field of combined changes no other', () => {
    fc.assert(
      fc.property(
        hostileText,
        hostileText,
        hostileText,
        hostileText,
        (user, request, referer, agent) => {
          const line = combinedLine({ user, request, referer, agent, status: '200' });
          expect(read(named('combined'), line)).toMatchObject({
            at: AT,
            status: 200,
            remoteAddr: '203.0.113.9',
            request: request === '' || request === '-' ? null : request,
          });
          const extended = read(named('badgateway'), line + EXTRA);
          expect(extended).toMatchObject({ status: 200, connection: 44, pid: 2977 });
          expect(extended.tries).toHaveLength(2);
        },
      ),
    );
  });

  it('in JSON changes no other', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (request, agent) => {
        const line = `{"agent":"${escapeJson(agent)}","request":"${escapeJson(request)}","time":"2026-11-20T12:13:37Z","status":"200"}`;
        expect(read(named('json'), line).status).toBe(200);
      }),
    );
  });
});

describe('any text', () => {
  const formats = [
    ...Object.values(NAMED_FORMATS),
    compileLogFormat('$remote_addr|$request|$status|$time_local|$upstream_addr'),
    compileLogFormat('"$request" $status $time_local', 'none'),
    compileLogFormat('"$request" $status $time_local "$host"', 'json'),
  ];

  it('is parsed or null', () => {
    const near = fc.tuple(fc.nat(combinedLine({}).length), anyBytes).map(([at, bytes]) => {
      const line = combinedLine({}) + EXTRA;
      return line.slice(0, at) + bytes + line.slice(at + 1);
    });
    fc.assert(
      fc.property(fc.oneof(near, anyBytes), (text) => {
        for (const format of formats) parseAccessLine(format, text);
      }),
    );
  });

  it('takes linear time', () => {
    const starts = [
      '',
      '10.0.0.1 - ',
      '10.0.0.1 - - [20/Nov/2026:12:13:37 +0000] "',
      '"',
      '10.0.0.1|',
      combinedLine({}),
    ];
    const fillers = [
      '"',
      ' [',
      '\\"',
      '|',
      ', ',
      ' : ',
      ' [20/Nov/2026:12:13:37 +0000] ',
      '|502|',
      '" 502 ',
      '1',
      ' HTTP/1.1|',
      ' ',
    ];
    for (const format of formats) {
      for (const start of starts) {
        for (const filler of fillers) {
          const before = performance.now();
          parseAccessLine(format, start + filler.repeat(1_000_000 / filler.length));
          expect(performance.now() - before, `${format.source} ${start} ${filler}`).toBeLessThan(
            1000,
          );
        }
      }
    }
  });
});
