import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNginxErrorLine } from '../../../core/parse/nginx-error.ts';
import { anyBytes, clientText, ERROR_HEAD } from './nginx-writes.ts';

const MESSAGE = 'connect() failed (111: Connection refused) while connecting to upstream';
const FULL = `${ERROR_HEAD}${MESSAGE}, client: 203.0.113.9, server: shop.example, request: "GET /a?b=1 HTTP/1.1", upstream: "http://127.0.0.1:8000/a?b=1", host: "shop.example:8080", referrer: "https://shop.example/"`;

function parse(line: string) {
  const parsed = parseNginxErrorLine(line);
  if (parsed === null) throw new Error(`not parsed: ${line.slice(0, 200)}`);
  return parsed;
}

describe('parseNginxErrorLine', () => {
  it('reads every field', () => {
    expect(parse(FULL)).toEqual({
      localMs: Date.UTC(2026, 10, 20, 12, 14, 32),
      level: 'error',
      pid: 2977,
      connection: 4,
      message: MESSAGE,
      errno: 111,
      action: 'connecting to upstream',
      client: '203.0.113.9',
      server: 'shop.example',
      request: 'GET /a?b=1 HTTP/1.1',
      subrequest: null,
      upstream: 'http://127.0.0.1:8000/a?b=1',
      host: 'shop.example:8080',
      referrer: 'https://shop.example/',
      isTruncated: false,
    });
  });

  it.each([
    [
      'no connection',
      '2026/11/20 12:14:32 [alert] 1#0: worker process 7 exited on signal 9',
      {
        level: 'alert',
        pid: 1,
        connection: null,
        message: 'worker process 7 exited on signal 9',
        client: null,
        errno: null,
        action: null,
      },
    ],
    [
      'no fields',
      `${ERROR_HEAD}${MESSAGE}`,
      { message: MESSAGE, client: null, server: null, request: null },
    ],
    [
      'an empty server',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: , request: "GET / HTTP/1.1"`,
      { server: '', request: 'GET / HTTP/1.1' },
    ],
    [
      'a client on a unix socket',
      `${ERROR_HEAD}x, client: unix:, server: _, request: "GET / HTTP/1.1"`,
      { client: 'unix:', server: '_' },
    ],
    [
      'an IPv6 client',
      `${ERROR_HEAD}x, client: 2001:db8::9, server: shop`,
      { client: '2001:db8::9', server: 'shop', request: null },
    ],
    [
      'before a request',
      `${ERROR_HEAD}x while waiting for request, client: 10.0.0.1, server: 0.0.0.0:443`,
      { action: 'waiting for request', server: '0.0.0.0:443', request: null },
    ],
    [
      'a subrequest',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", subrequest: "/auth", upstream: "http://10.0.0.2:80/auth", host: "shop"`,
      { subrequest: '/auth', upstream: 'http://10.0.0.2:80/auth', host: 'shop' },
    ],
    [
      'a subrequest without an upstream',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", subrequest: "/auth", host: "shop"`,
      { subrequest: '/auth', upstream: null, host: 'shop' },
    ],
    [
      'HTTP/2',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET /p HTTP/2.0", host: "shop"`,
      { request: 'GET /p HTTP/2.0' },
    ],
    [
      'HTTP/0.9 and no host',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET /p", upstream: "http://10.0.0.2:80/p"`,
      { request: 'GET /p', upstream: 'http://10.0.0.2:80/p', host: null },
    ],
    [
      'an absolute request',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET http://evil.example/x HTTP/1.1", host: "evil.example"`,
      { request: 'GET http://evil.example/x HTTP/1.1' },
    ],
    [
      'a unix upstream',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", upstream: "http://unix:/run/g.sock:/", host: "s"`,
      { upstream: 'http://unix:/run/g.sock:/' },
    ],
    [
      'an IPv6 upstream',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", upstream: "http://[::1]:8000/", host: "s"`,
      { upstream: 'http://[::1]:8000/' },
    ],
    [
      'an upstream without a URI',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", upstream: "fastcgi://127.0.0.1:9000", host: "s"`,
      { upstream: 'fastcgi://127.0.0.1:9000' },
    ],
    [
      'a referrer and no host',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.0", referrer: "http://x/"`,
      { host: null, referrer: 'http://x/' },
    ],
    [
      'an empty host',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", host: "", referrer: ""`,
      { host: '', referrer: '' },
    ],
    [
      'the stream module',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: 0.0.0.0:443, upstream: "10.0.0.2:443", bytes from/to client:0/0, bytes from/to upstream:0/0`,
      { request: null, upstream: '10.0.0.2:443', isTruncated: false },
    ],
    [
      'OpenResty',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", host: "shop", request_id: "f00"`,
      { host: 'shop', isTruncated: false },
    ],
    [
      'Windows',
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", host: "shop"\r`,
      { host: 'shop', isTruncated: false },
    ],
    [
      'a thread of its own number',
      '2026/11/20 12:14:32 [error] 24537#230441: *914 x',
      { pid: 24537, connection: 914, message: 'x' },
    ],
    [
      'a star that is no connection',
      '2026/11/20 12:14:32 [error] 1#1: *x',
      { connection: null, message: '*x' },
    ],
  ])('reads a line with %s', (_, line, fields) => expect(parse(line)).toMatchObject(fields));

  it('reads a line quoted without its time', () => {
    const parsed = parse(FULL.slice(20));
    expect(parsed).toEqual({ ...parse(FULL), localMs: Number.NaN });
  });

  it('reads what NGINX says on standard error while it starts', () => {
    const line = parse(
      'nginx: [emerg] host not found in upstream "shop" in /etc/nginx/nginx.conf:3',
    );
    expect(line).toMatchObject({ level: 'emerg', pid: 0, localMs: Number.NaN, connection: null });
    expect(line.message).toBe('host not found in upstream "shop" in /etc/nginx/nginx.conf:3');
  });

  it.each([
    '',
    'x',
    '2026/11/20 12:14:32',
    '2026/11/20 12:14:32 [loud] 1#1: x',
    '2026/11/20 12:14:32 [error] 1: x',
    '2026/11/20 12:14:32 [error] #: x',
    '2026/02/30 12:14:32 [error] 1#1: x',
    ' 2026/11/20 12:14:32 [error] 1#1: x',
    'nginx: configuration file /etc/nginx/nginx.conf test is successful',
    '127.0.0.1 - - [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0 "-" "-"',
  ])('is null for %j', (line) => expect(parseNginxErrorLine(line)).toBeNull());
});

describe('the error number', () => {
  it.each([
    ['connect() failed (111: Connection refused) while connecting to upstream', 111],
    ['upstream timed out (110: Connection timed out) while reading upstream', 110],
    ['accept4() failed (24: Too many open files)', 24],
    ['open() "/a (5: b) c" failed (2: No such file or directory)', 2],
    ['connect() failed (10061: No connection could be made) while connecting to upstream', 10061],
    ['SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::x) while SSL handshaking', null],
    [
      'SSL_read() failed (SSL: error:1:x) (104: Connection reset by peer) while reading upstream',
      104,
    ],
    [
      'upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream',
      null,
    ],
    ['shop could not be resolved (3: Host not found)', null],
    ['upstream sent too big header (5: x) of 3 while reading upstream', null],
  ])('of %j is %j', (message, errno) => {
    expect(parse(`${ERROR_HEAD}${message}, client: 10.0.0.1, server: s`).errno).toBe(errno);
  });
});

describe('a line that NGINX cut at 2,048 bytes', () => {
  const long = `${ERROR_HEAD}${MESSAGE}, client: 203.0.113.9, server: shop, request: "GET /${'a'.repeat(2100)}`;

  it('has the fields before the cut and says that it is cut', () => {
    const parsed = parse(long.slice(0, 2047));
    expect(parsed).toMatchObject({
      errno: 111,
      client: '203.0.113.9',
      server: 'shop',
      upstream: null,
    });
    expect(parsed.request).toMatch(/^GET \/a{100}/);
    expect(parsed.isTruncated).toBe(true);
  });

  it('may be cut anywhere', () => {
    for (let end = 0; end <= FULL.length; end++) {
      const parsed = parseNginxErrorLine(FULL.slice(0, end));
      if (end < ERROR_HEAD.length - 3) expect(parsed).toBeNull();
      else if (end > FULL.indexOf(', server')) expect(parsed?.message).toBe(MESSAGE);
    }
  });
});

describe('text of others in a line', () => {
  it('never reaches the message through a Referer', () => {
    const line = parse(
      `${ERROR_HEAD}upstream prematurely closed connection while reading response header from upstream, client: 10.0.0.1, server: shop, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "shop", referrer: "http://x/", upstream: "http://10.0.0.1:8000/", host: "evil", referrer: "y connect() failed (111: Connection refused) while connecting to upstream"`,
    );
    expect(line.action).toBe('reading response header from upstream');
    expect(line.errno).toBeNull();
    expect(line.upstream).toBe('http://127.0.0.1:8000/');
    expect(line.host).toBe('shop');
    expect(line.referrer).toMatch(/^http:\/\/x\/".*upstream$/);
  });

  it('never reaches the upstream through a URI', () => {
    const uri = '/inj",upstream:"http://evil:1/"?a=connect()%20failed%20(111:';
    const line = parse(
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "GET ${uri} HTTP/1.1", upstream: "http://127.0.0.1:8000${uri}", host: "shop"`,
    );
    expect(line.request).toBe(`GET ${uri} HTTP/1.1`);
    expect(line.upstream).toBe(`http://127.0.0.1:8000${uri}`);
    expect(line.host).toBe('shop');
  });

  it('never reaches the upstream through a request line with blanks, which NGINX before 1.21.1 took', () => {
    const request = 'GET /a", upstream: "http://evil:1/", host: "evil HTTP/1.1';
    const line = parse(
      `${ERROR_HEAD}x, client: 10.0.0.1, server: shop, request: "${request}", upstream: "http://127.0.0.1:8000/a", host: "shop"`,
    );
    expect(line).toMatchObject({ request, upstream: 'http://127.0.0.1:8000/a', host: 'shop' });
  });

  it('leaves head, message, client and server alone whatever a client sends', () => {
    fc.assert(
      fc.property(clientText, clientText, clientText, (uri, host, referrer) => {
        const line = parse(
          `${ERROR_HEAD}${MESSAGE}, client: 203.0.113.9, server: shop, request: "GET /${uri} HTTP/1.1", upstream: "http://127.0.0.1:8000/${uri}", host: "${host}", referrer: "${referrer}"`,
        );
        expect(line).toMatchObject({
          pid: 2977,
          connection: 4,
          message: MESSAGE,
          errno: 111,
          action: 'connecting to upstream',
          client: '203.0.113.9',
          server: 'shop',
        });
      }),
    );
  });

  it('leaves the upstream alone where NGINX lets no blank into a URI', () => {
    const uris = clientText.map((text) => text.replaceAll(' ', '+'));
    fc.assert(
      fc.property(uris, clientText, (uri, referrer) => {
        const upstream = `http://127.0.0.1:8000/${uri}`;
        const line = parse(
          `${ERROR_HEAD}${MESSAGE}, client: 203.0.113.9, server: shop, request: "GET /${uri} HTTP/1.1", upstream: "${upstream}", host: "shop", referrer: "${referrer}"`,
        );
        expect(line).toMatchObject({ request: `GET /${uri} HTTP/1.1`, upstream, host: 'shop' });
        expect(line.referrer).toBe(referrer);
      }),
    );
  });
});

describe('any text', () => {
  it('is parsed or null', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', ERROR_HEAD, 'nginx: [error] ', FULL),
        anyBytes,
        (start, bytes) => {
          parseNginxErrorLine(start + bytes);
        },
      ),
    );
  });

  it('takes linear time', () => {
    const fillers = [
      '"',
      ', client: ',
      ', ',
      ' while ',
      '(1: ',
      ' HTTP/1.1"',
      '", host: "',
      '1.',
      ' (',
      'a',
      ' HTTP/',
    ];
    for (const start of [ERROR_HEAD, `${ERROR_HEAD}x, client: 10.0.0.1, server: s, request: "`]) {
      for (const filler of fillers) {
        const before = performance.now();
        parseNginxErrorLine(start + filler.repeat(1_000_000 / filler.length));
        expect(performance.now() - before, filler).toBeLessThan(1000);
      }
    }
  });
});
