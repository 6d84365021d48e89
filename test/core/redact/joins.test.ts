/** What is compared is redacted alike on both sides, and what differs still does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestRecord, UpstreamError } from '../../../core/model.ts';
import { observeAccessLine } from '../../../core/observe/request.ts';
import { observeErrorLine } from '../../../core/observe/upstream-error.ts';
import { type LogFormat, NAMED_FORMATS } from '../../../core/parse/log-format.ts';
import { redactObservation } from '../../../core/redact/observations.ts';
import { REDACT_ALL } from '../../../core/redact.ts';

const origin = { path: 'a', lineNumber: 0 };
const combined = NAMED_FORMATS.combined as LogFormat;

function accessOf(client: string, request: string): RequestRecord {
  const line = `${client} - - [20/Nov/2026:12:04:00 +0000] "${request}" 502 157 "-" "curl"`;
  const record = observeAccessLine(combined, line, { host: 'h', origin });
  return redactObservation(record as RequestRecord, REDACT_ALL) as RequestRecord;
}

function errorOf(client: string, request: string): UpstreamError {
  const line = `2026/11/20 12:04:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: ${client}, server: _, request: "${request}", upstream: "http://203.0.113.80:8000/", host: "x"`;
  const error = observeErrorLine(line, { host: 'h', offsetMs: 0, origin });
  return redactObservation(error as UpstreamError, REDACT_ALL) as UpstreamError;
}

const v4 = fc.ipV4();
const client = fc.oneof(v4, fc.constantFrom('2001:db8::1', '2001:db8::2', '127.0.0.1', 'unix:'));
const word = fc.stringMatching(/^[a-z0-9=&%.]{0,12}$/);
const request = fc
  .tuple(fc.stringMatching(/^[a-z/]{0,10}$/), fc.option(word))
  .map(([path, query]) => `GET /${path}${query === null ? '' : `?${query}`} HTTP/1.1`);

describe('a request and its error lines', () => {
  it('meet as before', () => {
    fc.assert(
      fc.property(client, request, (address, line) => {
        const [record, error] = [accessOf(address, line), errorOf(address, line)];
        expect(error.client).toBe(record.client);
        expect(error.request).toBe(record.request);
        expect(error).toMatchObject({ mechanism: 'connection-refused', errno: 111 });
        expect(error.upstream).toBe('http://203.0.113.80:8000');
        expect(error.line).toContain('upstream: "http://203.0.113.80:8000/"');
      }),
    );
  });

  it('are told apart from others as before', () => {
    fc.assert(
      fc.property(request, request, client, client, (a, b, one, other) => {
        expect(accessOf(one, a).request === errorOf(one, b).request).toBe(a === b);
        expect(accessOf(one, a).client === errorOf(other, a).client).toBe(one === other);
      }),
    );
  });

  it('meet where the error line is cut within the query', () => {
    const cut = 'GET /a?token=abc';
    const line = `2026/11/20 12:04:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: "${cut}`;
    const seen = observeErrorLine(line, { host: 'h', offsetMs: 0, origin }) as UpstreamError;
    const error = redactObservation(seen, REDACT_ALL) as UpstreamError;
    expect(error).toMatchObject({ isTruncated: true, request: 'GET /a?' });
    expect(accessOf('192.0.2.1', `${cut}def HTTP/1.1`).request?.startsWith('GET /a?')).toBe(true);
  });
});
