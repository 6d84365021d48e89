import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeAccessLine } from '../../../core/observe/request.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../../core/parse/log-format.ts';
import { parseAccessLine } from '../../../core/parse/nginx-access.ts';
import { anyBytes, combinedLine, hostileText } from '../parse/nginx-writes.ts';

const COMBINED = compileLogFormat(NAMED_FORMATS.combined?.source ?? '');
const BADGATEWAY = compileLogFormat(NAMED_FORMATS.badgateway?.source ?? '');
const CONTEXT = { host: 'web-1', origin: { path: 'access.log', lineNumber: 7 } };

function withTries(status: string, us: string): string {
  return `${combinedLine({ status })} rt=0.012 uct="-" uht="-" urt="-" us="${us}" ua="-" pid=2977 c=44 cr=1 ms=1795176817.250 rid=-`;
}

describe('observeAccessLine', () => {
  it('gives a failed request', () => {
    const line = combinedLine({ request: 'GET /a HTTP/1.1' });
    expect(observeAccessLine(COMBINED, line, CONTEXT)).toEqual({
      kind: 'request',
      at: Date.UTC(2026, 10, 20, 12, 13, 37),
      host: 'web-1',
      client: '203.0.113.9',
      request: 'GET /a HTTP/1.1',
      status: 502,
      tries: null,
      requestMs: null,
      connection: null,
      nginxPid: null,
      origin: CONTEXT.origin,
      line,
    });
  });

  it.each([
    ['500', true],
    ['502', true],
    ['504', true],
    ['009', true],
    ['200', false],
    ['404', false],
    ['499', false],
    ['503', false],
    ['000', false],
  ])('keeps status %s: %s', (status, isKept) => {
    const found = observeAccessLine(COMBINED, combinedLine({ status }), CONTEXT);
    expect(found !== null).toBe(isKept);
  });

  it.each([
    ['200', '502, 200', true],
    ['304', '504, 304', true],
    ['499', '502, -', true],
    ['101', '502 : 101', true],
    ['200', '200', false],
    ['200', '500, 200', false],
    ['200', '-', false],
    ['503', '502', false],
  ])('of %s after tries %s keeps the hidden failure: %s', (status, us, isKept) => {
    const found = observeAccessLine(BADGATEWAY, withTries(status, us), CONTEXT);
    expect(found !== null).toBe(isKept);
    if (found) expect(found).toMatchObject({ connection: 44, nginxPid: 2977 });
  });

  it('has nothing to say of other lines', () => {
    expect(observeAccessLine(COMBINED, '', CONTEXT)).toBeNull();
    expect(observeAccessLine(COMBINED, '502', CONTEXT)).toBeNull();
  });

  it('takes no client at its word', () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (request, user, agent) => {
        const line = combinedLine({ request, user, agent, status: '200' });
        expect(observeAccessLine(COMBINED, line, CONTEXT)).toBeNull();
        const failed = combinedLine({ request, user, agent, status: '502' });
        expect(observeAccessLine(COMBINED, failed, CONTEXT)?.status).toBe(502);
      }),
    );
  });

  it('overlooks no failure by its look at the status', () => {
    const lines = fc.oneof(
      anyBytes,
      fc
        .tuple(hostileText, fc.constantFrom('200', '502', '009'))
        .map(([request, status]) => combinedLine({ request, status })),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const status = parseAccessLine(COMBINED, line)?.status;
        const isFailure = status === 502 || status === 504 || status === 500 || status === 9;
        expect(observeAccessLine(COMBINED, line, CONTEXT) !== null).toBe(isFailure);
      }),
    );
  });
});
