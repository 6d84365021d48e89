/** What is taken out of texts, and what must stay. */
import { describe, expect, it } from 'vitest';
import { REDACT_ALL, redactText } from '../../../core/redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g';

describe('what goes', () => {
  it.each([
    ['a query', 'GET /a?token=1&b=2 HTTP/1.1', 'GET /a?*** HTTP/1.1'],
    ['a query in quotes', '"http://x/a?b=c", host: "x"', '"http://x/a?***", host: "x"'],
    ['a query with raw brackets', 'GET /a?x=<y>&b=<z HTTP/1.1', 'GET /a?*** HTTP/1.1'],
    ['a query in brackets', 'at <http://x.y/?q=1>', 'at <http://x.y/?***>'],
    ['a query with a quote', 'GET /a?x="b"c HTTP/1.1', 'GET /a?*** HTTP/1.1'],
    [
      'a query in a JSON line',
      '{"log":"\\"GET /a?b HTTP/1.1\\" 502\\n"}',
      '{"log":"\\"GET /a?*** HTTP/1.1\\" 502\\n"}',
    ],
    [
      'a query at the end of an escaped line',
      '{"log":"at /a?b\\n","c":1}',
      '{"log":"at /a?***\\n","c":1}',
    ],
    ['$args', 'GET /a x=1&token=2 502', 'GET /a *** 502'],
    ['a body', "data='user=jane&pass=x'", "data='***'"],
    ['userinfo', 'redis://:hunter2@cache-1:6379/0', 'redis://***@cache-1:6379/0'],
    ['userinfo with a slash', 'postgres://u:p/w@db/shop', 'postgres://***@db/shop'],
    ['a DSN without scheme', 'root:hunter2@tcp(db)', 'root:***@tcp(db)'],
    ['a bearer token', 'sent Bearer abcDEF123456 to', 'sent Bearer *** to'],
    ['basic', 'Basic dXNlcjpwYXNz', 'Basic ***'],
    ['a header', 'Authorization: Digest username="x", nonce="y"', 'Authorization: ***'],
    [
      'a JSON header',
      '{"authorization": "Token abc def", "a": 1}',
      '{"authorization": "***", "a": 1}',
    ],
    [
      'an ASGI header',
      "(b'cookie', b'a=b; c=d'), (b'host', b'x')",
      "(b'cookie', b'***'), (b'host', b'x')",
    ],
    ['a cookie header', 'Cookie: a=b; c=d\nHost: x', 'Cookie: ***\nHost: x'],
    [
      '$http_cookie',
      '502 157 "theme=dark; _shop=1; b=c" "curl"',
      '502 157 "theme=***; _shop=***; b=***" "curl"',
    ],
    ['a JWT', `/reset/${JWT} now`, '/reset/*** now'],
    ['an AWS key', 'AKIAIOSFODNN7EXAMPLE', '***'],
    [
      'an AWS secret',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = ***',
    ],
    ['a GitHub token', 'ghp_abcdefghijklmnopqrst0123', '***'],
    ['hexadecimal', 'session d41d8cd98f00b204e9800998ecf8427e gone', 'session *** gone'],
    ['base64', 'got bXkgc2VjcmV0IGlzIDEyMzQ1Njc4OQ==', 'got ***'],
    [
      'password=',
      'connect(host="db", password="a b\\"c", port=1)',
      'connect(host="db", password="***", port=1)',
    ],
    ['api_key:', "{'api_key': 'x', 'n': 1}", "{'api_key': '***', 'n': 1}"],
    ['X-Api-Key', 'X-API-Key: abc', 'X-API-Key: ***'],
    ['a setting', 'os.environ["DB_PASS"] = "x"', 'os.environ["DB_PASS"] = "***"'],
    ['an escaped value', '{"m":"{\\"token\\": \\"x\\"}"}', '{"m":"{\\"token\\": \\"***\\"}"}'],
    ['a mail address', 'to <jane.doe+x@mail.example.org>: no', 'to <***>: no'],
    ['an encoded mail address', '/u/jane%40example.org/x', '/u/***/x'],
    ['a client', '203.0.113.9 - - [', '203.0.113.x - - ['],
    [
      'a list',
      'X-Forwarded-For: 10.1.2.3, 203.0.113.9, 2001:db8:1:2::7',
      'X-Forwarded-For: 10.1.2.x, 203.0.113.x, 2001:db8:1:x',
    ],
    ["the error line's client", 'x, client: 10.1.2.3, server: _', 'x, client: 10.1.2.x, server: _'],
    ['IPv6', 'from 2001:db8:85a3:8d3:1319:8a2e:370:7348.', 'from 2001:db8:85a3:x.'],
    ['a short IPv6', 'from 2001:db8::7', 'from 2001:db8::x'],
    ['IPv4 in IPv6', '::ffff:203.0.113.9 said', '::ffff:203.0.113.x said'],
  ])('%s', (_, text, expected) => {
    expect(redactText(text, REDACT_ALL)).toBe(expected);
    expect(redactText(expected, REDACT_ALL)).toBe(expected);
  });
});

describe('what stays', () => {
  it.each([
    'upstream prematurely closed connection while reading response header from upstream, server: _, request: "GET /a/b HTTP/1.1", upstream: "http://203.0.113.80:8000/a/b", host: "shop.example.org"',
    'connect() to 10.0.0.5:8000 failed (111: Connection refused)',
    '[2026-11-21 00:51:24 +0000] [30692] [CRITICAL] WORKER TIMEOUT (pid:30693)',
    'Listening at: http://203.0.113.5:8000 (12)',
    "Connection in use: ('203.0.113.5', 8000)",
    'Invalid request from ip=10.0.0.1: Invalid HTTP request line',
    '  File "/srv/shop/views.py", line 61, in build_pdf',
    'cryptography.exceptions.InvalidSignatureError: Signature verification failed',
    "KeyError: 'SECRET_KEY'",
    'django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.',
    'shop.service: Failed to set up credentials: Protocol error',
    'Starting shop@blue.service - Shop',
    'password: None',
    'Basic authentication is on',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36',
    'i-0a1b2c3d4e5f67890 550e8400-e29b-41d4-a716-446655440000',
    'docker-d41d8cd98f00b204e9800998ecf8427ed41d8cd98f00b204e9800998ecf8427e.scope',
    'Nov 21 00:51:24 web-1 kernel: link 00:1a:2b:3c:4d:5e up',
    'http://[::1]:8000, [::]:80, 127.0.0.1, 0.0.0.0:80, std::foo',
    'Really? yes, a?b',
    'gunicorn 23.0.0, Python 3.12.3, 1.2.3.4.5',
    "OperationalError: (2003, \"Can't connect to MySQL server on 'db-1' (111)\")",
  ])('%s', (text) => {
    expect(redactText(text, REDACT_ALL)).toBe(text);
  });
});

it('takes out the values of further keys', () => {
  const redaction = { ...REDACT_ALL, extra: ['card-number'] };
  expect(redactText('{"cardNumber": "1", "card": "2"}', redaction)).toBe(
    '{"cardNumber": "***", "card": "2"}',
  );
});

describe('each can be kept', () => {
  const text = 'GET /a?b=c from 203.0.113.9, a@b.org, pwd=x';
  it.each([
    ['queries', 'GET /a?b=c from 203.0.113.x, ***, pwd=***'],
    ['addresses', 'GET /a?*** from 203.0.113.9, ***, pwd=***'],
    ['emails', 'GET /a?*** from 203.0.113.x, a@b.org, pwd=***'],
    ['tokens', 'GET /a?*** from 203.0.113.x, ***, pwd=x'],
  ])('%s', (name, expected) => {
    expect(redactText(text, { ...REDACT_ALL, [name]: false })).toBe(expected);
  });
});
