import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGunicornAccess } from '../../../core/parse/gunicorn-access.ts';

const AT = Date.UTC(2026, 10, 20, 12, 17, 25);
const STAMP = '[20/Nov/2026:12:17:25 +0000]';

describe('parseGunicornAccess', () => {
  it.each([
    [
      'the default format',
      `127.0.0.1 - - ${STAMP} "GET /x?a=1 HTTP/1.1" 200 2 "-" "curl/8.5.0"`,
      { at: AT, peer: '127.0.0.1', request: 'GET /x?a=1 HTTP/1.1', status: 200 },
    ],
    [
      'a unix socket, whose peer is empty',
      ` - - ${STAMP} "GET / HTTP/1.0" 502 2 "-" "-"`,
      { at: AT, peer: null, request: 'GET / HTTP/1.0', status: 502 },
    ],
    [
      'a peer that is not known',
      `- - - ${STAMP} "GET / HTTP/1.0" 200 2 "-" "-"`,
      { at: AT, peer: null, request: 'GET / HTTP/1.0', status: 200 },
    ],
    [
      'a user, and a quote in the request',
      `10.0.0.7 - eve ${STAMP} "GET /\\" 200 1 HTTP/1.1" 404 2 "-" "-"`,
      { at: AT, peer: '10.0.0.7', request: 'GET /" 200 1 HTTP/1.1', status: 404 },
    ],
    [
      'Uvicorn',
      '127.0.0.1:38104 - "GET /x HTTP/1.1" 200',
      { at: null, peer: '127.0.0.1:38104', request: 'GET /x HTTP/1.1', status: 200 },
    ],
    [
      'Uvicorn by itself',
      'INFO:     10.0.0.7:5 - "POST /x HTTP/1.1" 201 Created',
      { at: null, peer: '10.0.0.7:5', request: 'POST /x HTTP/1.1', status: 201 },
    ],
  ])('reads %s', (_, line, expected) => {
    expect(parseGunicornAccess(line)).toEqual(expected);
  });

  it.each([
    '[2026-11-20 12:17:25 +0000] [7] [INFO] Booting worker with pid: 7',
    `127.0.0.1 - - ${STAMP} "GET / HTTP/1.1" none`,
    '127.0.0.1 - - [yesterday] "GET / HTTP/1.1" 200 2',
    'ModuleNotFoundError: no',
    '',
  ])('finds no request in %j', (line) => {
    expect(parseGunicornAccess(line)).toBeNull();
  });

  it('gives back any request that Gunicorn escaped', () => {
    const request = fc.string({ unit: 'binary-ascii' }).filter((text) => !text.endsWith('\\'));
    fc.assert(
      fc.property(request, (text) => {
        const logged = text.replaceAll('"', '\\"');
        const line = `1.2.3.4 - - ${STAMP} "${logged}" 200 2 "-" "-"`;
        expect(parseGunicornAccess(line)?.request).toBe(text);
      }),
    );
  });
});
