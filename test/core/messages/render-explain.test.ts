import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../core/explanation.ts';
import { renderExplain } from '../../../core/messages/render-explain.ts';
import { plainStyle } from '../../../core/messages/style.ts';

const premature: Explanation = {
  role: 'error',
  parsed: true,
  at: '2026-11-20T14:02:41.000Z',
  kind: 'mechanism',
  id: 'premature-close',
  visible: '502',
  causes: ['worker-timeout', 'worker-died-unknown'],
  rule: 'upstream prematurely closed connection, while reading response header',
  source: 'nginx src/http/ngx_http_upstream.c, ngx_http_upstream_process_header',
  fields: {
    level: 'error',
    pid: 2977,
    connection: 4,
    request: 'GET /reports/77 HTTP/1.1',
    upstream: 'http://127.0.0.1:8000/reports/77',
    referrer: null,
    isTruncated: false,
  },
};

function render(changes: Partial<Explanation> = {}, ascii = false): string {
  return renderExplain(
    { ...premature, ...changes },
    {
      width: 80,
      style: plainStyle,
      timeZone: 'UTC',
      ascii,
      titleOf: (cause) => `What ${cause} is in a few words, and a few more for the wrapping`,
    },
  );
}

describe('renderExplain', () => {
  it('explains a line of the error log', () => {
    expect(render()).toMatchInlineSnapshot(`
      "NGINX: connection closed before the answer  premature-close
        log     NGINX's error log
        time    2026-11-20 14:02:41 UTC
        client  gets 502
        cause   worker-timeout       What worker-timeout is in a few words, and a few
                                     more for the wrapping
                worker-died-unknown  What worker-died-unknown is in a few words, and a
                                     few more for the wrapping
        rule    upstream prematurely closed connection, while reading response header
        source  nginx src/http/ngx_http_upstream.c, ngx_http_upstream_process_header
        fields  level       error
                pid         2977
                connection  4
                request     GET /reports/77 HTTP/1.1
                upstream    http://127.0.0.1:8000/reports/77
      "
    `);
  });

  it('explains a signal, a request, a harmless line and one of another shape', () => {
    const bare = { causes: [], rule: null, source: null, fields: {}, id: null } as const;
    expect(
      render({ ...bare, role: 'gunicorn', kind: 'signal', id: 'worker-timeout', visible: 'none' }),
    ).toMatchInlineSnapshot(`
      "Gunicorn: WORKER TIMEOUT  worker-timeout
        log     Gunicorn
        time    2026-11-20 14:02:41 UTC
        client  gets nothing of it from this line alone
      "
    `);
    expect(
      render({ ...bare, role: 'access', kind: 'request', fields: { status: 504 }, visible: '504' }),
    ).toMatchInlineSnapshot(`
      "A request answered 504
        log     NGINX's access log
        time    2026-11-20 14:02:41 UTC
        client  gets 504
        fields  status  504
      "
    `);
    expect(render({ ...bare, kind: 'other', visible: 'none' })).toMatchInlineSnapshot(`
      "Nothing that fails a request
        log     NGINX's error log
        time    2026-11-20 14:02:41 UTC
      "
    `);
    expect(
      render({ ...bare, kind: 'other', visible: 'none', parsed: false, at: null }),
    ).toMatchInlineSnapshot(`
      "Not a line of NGINX's error log as far as badgateway knows
        log     NGINX's error log
      "
    `);
  });

  it('never leaves a control character in the text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(text, text, text, fc.boolean(), (name, value, rule, ascii) => {
        const shown = render({ rule, at: value, fields: { [name]: value } }, ascii);
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
