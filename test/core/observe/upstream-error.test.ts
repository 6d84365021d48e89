import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeErrorLine, observeParsedError } from '../../../core/observe/upstream-error.ts';
import { parseNginxErrorLine } from '../../../core/parse/nginx-error.ts';
import { anyBytes, ERROR_HEAD } from '../parse/nginx-writes.ts';

const LINE = `${ERROR_HEAD}connect() to unix:/run/g.sock failed (2: No such file or directory) while connecting to upstream, client: 203.0.113.9, server: shop, request: "GET /a HTTP/1.1", upstream: "http://unix:/run/g.sock:/a", host: "shop"`;
const CONTEXT = { host: 'web-1', offsetMs: 0, origin: { path: 'error.log', lineNumber: 7 } };
const LOCAL = Date.UTC(2026, 10, 20, 12, 14, 32);

describe('observeErrorLine', () => {
  it('tells what NGINX saw of a failed try', () => {
    expect(observeErrorLine(LINE, CONTEXT)).toEqual({
      kind: 'upstream-error',
      at: LOCAL,
      host: 'web-1',
      mechanism: 'socket-missing',
      visible: '502',
      nginxPid: 2977,
      connection: 4,
      client: '203.0.113.9',
      request: 'GET /a HTTP/1.1',
      isSubrequest: false,
      isTruncated: false,
      upstream: 'http://unix:/run/g.sock',
      errno: 2,
      message:
        'connect() to unix:/run/g.sock failed (2: No such file or directory) while connecting to upstream',
      origin: CONTEXT.origin,
      line: LINE,
    });
  });

  it("takes the log's zone off its time", () => {
    const at = observeErrorLine(LINE, { ...CONTEXT, offsetMs: 3_600_000 })?.at;
    expect(at).toBe(LOCAL - 3_600_000);
  });

  it('marks a subrequest', () => {
    const line = LINE.replace(', upstream:', ', subrequest: "/auth", upstream:');
    expect(observeErrorLine(line, CONTEXT)?.isSubrequest).toBe(true);
  });

  it('marks a line that was cut', () => {
    expect(observeErrorLine(LINE.slice(0, -30), CONTEXT)?.isTruncated).toBe(true);
  });

  it('has nothing to say of a line without a mechanism', () => {
    expect(observeErrorLine(`${ERROR_HEAD}access forbidden by rule`, CONTEXT)).toBeNull();
    expect(observeErrorLine('not an error line', CONTEXT)).toBeNull();
  });

  it('places a start-up line without a time by its wrapper, or not at all', () => {
    const line = 'nginx: [emerg] host not found in upstream "shop" in /etc/nginx/nginx.conf:3';
    expect(observeErrorLine(line, CONTEXT)).toBeNull();
    const seen = observeErrorLine(line, { ...CONTEXT, at: 5, offsetMs: 3_600_000 });
    expect(seen).toMatchObject({ at: 5, mechanism: 'dns-not-configured', visible: 'none' });
  });

  it('says the same of a line that is parsed already', () => {
    const parsed = parseNginxErrorLine(LINE);
    expect(parsed && observeParsedError(parsed, LINE, CONTEXT)).toEqual(
      observeErrorLine(LINE, CONTEXT),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom('', ERROR_HEAD, LINE), anyBytes, (start, bytes) => {
        observeErrorLine(start + bytes, CONTEXT);
      }),
    );
  });
});
