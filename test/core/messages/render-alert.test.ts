import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderAlert } from '../../../core/messages/render-alert.ts';
import {
  diagnosis,
  hostileTexts,
  nothingWrong,
  report,
  retriedOnly,
  twoCauses,
  withoutAccessLog,
} from './sample-reports.ts';

describe('renderAlert', () => {
  it('tells the cause with the most failures, and names the others', () => {
    const { subject, body } = renderAlert(twoCauses, { service: 'shop' });
    expect(subject).toMatchInlineSnapshot(
      `"[shop] Gunicorn killed workers that took longer than 30 s: 290 failed requests on GET /reports/:id"`,
    );
    expect(body).toMatchInlineSnapshot(`
      "Gunicorn killed workers that took longer than 30 s.
      290 of 4,870 requests failed (6.0 %) between 14:02:11 and 14:09:40 UTC on
      2026-11-20, on 2 of 2 hosts.

      WHERE
        GET /reports/:id
        web-1 171, web-2 119

      WHY WE THINK SO  (confirmed: NGINX and Gunicorn agree)
        14:02:40 web-1 gunicorn WORKER TIMEOUT (pid:3438)
        14:02:40 web-1 gunicorn   File "/srv/shop/views.py", line 61, in build_pdf
        14:02:41 web-1 access   GET /reports/77 answered 502 after 30.4 s
        14:02:41 web-1 error    upstream prematurely closed connection while reading response header from upstream, for GET /reports/77
        Looked for, not found: an out-of-memory kill, a restart.
        No kernel or systemd log was given.

      WHAT TO DO
        1. Take the slow work out of the request: build_pdf (views.py:61) ran past
           30 s.
           A sync worker that answers nothing for 30 seconds is killed with the
           request it works on.
        2. Until then give the route more time, on both sides.
              # in the ExecStart line of shop.service
              gunicorn --timeout 90
              # in the location of /reports/, so that NGINX does not answer 504 first
              proxy_read_timeout 100s;
              sudo nginx -t && sudo nginx -s reload && sudo systemctl restart shop.service

      CHECK THAT IT WORKED
        curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77

      READ
        https://docs.gunicorn.org/en/stable/settings.html#timeout

      ALSO
        22: The application sent headers larger than NGINX's buffer
      "
    `);
  });

  it('says so when nothing failed', () => {
    expect(renderAlert(nothingWrong, { service: 'shop' })).toMatchInlineSnapshot(`
      {
        "body": "No failed requests in 4,870 (2026-11-20, 14:00–14:12 UTC).
      ",
        "subject": "[shop] No failed requests",
      }
    `);
    expect(renderAlert(retriedOnly, { service: 'shop' }).subject).toBe('[shop] No failed requests');
  });

  it('gives no share where requests were not counted', () => {
    const { body } = renderAlert(withoutAccessLog, { service: 'shop' });
    expect(body).toContain(
      '31 requests failed between 14:02:11 and 14:09:40 UTC on 2026-11-20.\n\nWHERE\n',
    );
  });

  it('leaves the route out of a subject where little of it would be left', () => {
    const routes = [{ route: `GET /${'x'.repeat(80)}`, failures: 290 }];
    const long = report({ failures: 290, diagnoses: [diagnosis({ routes })] });
    expect(renderAlert(long, { service: 'shop' }).subject).toBe(
      '[shop] Gunicorn killed workers that took longer than 30 s: 290 failed requests',
    );
  });

  it('is safe to send whatever the texts', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, text, text, (service, title, route) => {
        const routes = [{ route, failures: 290 }];
        const given = report({ failures: 290, diagnoses: [diagnosis({ title, routes })] });
        const { subject, body } = renderAlert(given, { service });
        expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
        expect(body.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
    expect(renderAlert(hostileTexts, { service: 'shop' }).body).not.toContain('\nEvery failure');
  });
});
