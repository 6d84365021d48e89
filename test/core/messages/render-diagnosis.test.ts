import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../../core/diagnosis.ts';
import { renderDiagnosis } from '../../../core/messages/render-diagnosis.ts';
import { ansiStyle, plainStyle } from '../../../core/messages/style.ts';
import { textWidth } from '../../../core/messages/text-width.ts';
import {
  diagnosis,
  evidence,
  hostileTexts,
  input,
  nothingWrong,
  report,
  retriedOnly,
  twoCauses,
  unknownCause,
  withoutAccessLog,
} from './sample-reports.ts';

function render(given: DiagnosisReport, width = 100, ascii = false): string {
  return renderDiagnosis(given, { width, style: plainStyle, timeZone: 'UTC', ascii });
}

describe('renderDiagnosis', () => {
  it('names two causes on two hosts', () => {
    expect(render(twoCauses)).toMatchInlineSnapshot(`
      "web-1/access.log     access     2,435 lines   badgateway
      web-1/error.log      error         17 lines   1 line not understood
      web-1/gunicorn.log   gunicorn     212 lines   Gunicorn 23.0.0, sync, 4 workers
      web-2/access.log     access     2,435 lines   badgateway
      web-2/error.log      error         17 lines   1 line not understood
      web-2/gunicorn.log   gunicorn     212 lines   Gunicorn 23.0.0, sync, 4 workers

      312 of 4,870 requests failed (6.4 %) between 14:02:11 and 14:09:40 UTC on 2026-11-20

      1  290  93 %  worker-timeout           Gunicorn killed workers that took longer than 30 s
      2   22   7 %  upstream-header-too-big  The application sent headers larger than NGINX's buffer

      1  Gunicorn killed workers that took longer than 30 s                        worker-timeout
         █████████████████████████████▊    290 of 312 ·  93 %                      confirmed
         where   GET /reports/:id
         hosts   web-1 171 · web-2 119
         to      http://127.0.0.1:8000
         status  500 ×278 · 502 ×12
         when    14:02:11 – 14:09:40 (7 min 29 s)   ▂▄▇█▇▄▃▁  most at 14:05
         why     web-1/access.log:1882  14:02:41  GET /reports/77 answered 502 after 30.4 s
                 web-1/error.log:17     14:02:41  upstream prematurely closed connection while reading
                                                  response header from upstream, for GET /reports/77
                 web-1/gunicorn.log:90  14:02:40  WORKER TIMEOUT (pid:3438)
                 web-1/gunicorn.log:97  14:02:40  File "/srv/shop/views.py", line 61, in build_pdf
                 looked for, not found: an out-of-memory kill, a restart
                 no kernel or systemd log was given
         also    as a consequence: no live upstreams (12)
                 on the backend: WORKER TIMEOUT (290)
         do      1  Take the slow work out of the request: build_pdf (views.py:61) ran past 30 s
                    A sync worker that answers nothing for 30 seconds is killed with the request it works
                    on.
                 2  Until then give the route more time, on both sides
                      # in the ExecStart line of shop.service
                      gunicorn --timeout 90
                      # in the location of /reports/, so that NGINX does not answer 504 first
                      proxy_read_timeout 100s;
                      sudo nginx -t && sudo nginx -s reload && sudo systemctl restart shop.service
         check   curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
         read    https://docs.gunicorn.org/en/stable/settings.html#timeout

      2  The application sent headers larger than NGINX's buffer                   upstream-header-too-big
         ██▎                                22 of 312 ·   7 %                      likely
         where   POST /login          15
                 GET /oauth/callback   7
         hosts   web-1
         to      http://unix:/run/shop.sock
         status  502
         when    14:03:01 – 14:03:55 (54 s)
         why     web-1/error.log:31  14:03:01  upstream sent too big header while reading response header
                                               from upstream, for POST /login
         do      1  Give NGINX room for the headers
                    The buffer is 4 or 8 kB unless set.
                      proxy_buffer_size 16k;
                      proxy_buffers 8 16k;
         check   curl -sI http://127.0.0.1/login | wc -c

      Every failure is explained.

      As JSON: --format json
      "
    `);
  });

  it('fits a narrow terminal', () => {
    expect(render(twoCauses, 60)).toMatchInlineSnapshot(`
      "web-1/access.log     access     2,435 lines
         badgateway
      web-1/error.log      error         17 lines
         1 line not understood
      web-1/gunicorn.log   gunicorn     212 lines
         Gunicorn 23.0.0, sync, 4 workers
      web-2/access.log     access     2,435 lines
         badgateway
      web-2/error.log      error         17 lines
         1 line not understood
      web-2/gunicorn.log   gunicorn     212 lines
         Gunicorn 23.0.0, sync, 4 workers

      312 of 4,870 requests failed (6.4 %) between 14:02:11 and
      14:09:40 UTC on 2026-11-20

      1  290  93 %  worker-timeout           Gunicorn killed work…
      2   22   7 %  upstream-header-too-big  The application sent…

      1  Gunicorn killed workers that      worker-timeout
         took longer than 30 s
         ███████████▏  290 of 312 ·  93 %  confirmed
         where   GET /reports/:id
         hosts   web-1 171 · web-2 119
         to      http://127.0.0.1:8000
         status  500 ×278 · 502 ×12
         when    14:02:11 – 14:09:40 (7 min 29 s)
                 ▂▄▇█▇▄▃▁  most at 14:05
         why     …-1/access.log:1882  14:02:41
                   GET /reports/77 answered 502 after 30.4 s
                 web-1/error.log:17   14:02:41
                   upstream prematurely closed connection while
                   reading response header from upstream, for GET
                   /reports/77
                 …-1/gunicorn.log:90  14:02:40
                   WORKER TIMEOUT (pid:3438)
                 …-1/gunicorn.log:97  14:02:40
                   File "/srv/shop/views.py", line 61, in
                   build_pdf
                 looked for, not found: an out-of-memory kill, a
                 restart
                 no kernel or systemd log was given
         also    as a consequence: no live upstreams (12)
                 on the backend: WORKER TIMEOUT (290)
         do      1  Take the slow work out of the request:
                    build_pdf (views.py:61) ran past 30 s
                    A sync worker that answers nothing for 30
                    seconds is killed with the request it works
                    on.
                 2  Until then give the route more time, on both
                    sides
                      # in the ExecStart line of shop.service
                      gunicorn --timeout 90
                      # in the location of /reports/, so that NGINX does not answer 504 first
                      proxy_read_timeout 100s;
                      sudo nginx -t && sudo nginx -s reload && sudo systemctl restart shop.service
         check   curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77
         read    https://docs.gunicorn.org/en/stable/settings.html#timeout

      2  The application sent headers      upstream-header-too-big
         larger than NGINX's buffer
         ▉              22 of 312 ·   7 %  likely
         where   POST /login          15
                 GET /oauth/callback   7
         hosts   web-1
         to      http://unix:/run/shop.sock
         status  502
         when    14:03:01 – 14:03:55 (54 s)
         why     web-1/error.log:31  14:03:01
                   upstream sent too big header while reading
                   response header from upstream, for POST /login
         do      1  Give NGINX room for the headers
                    The buffer is 4 or 8 kB unless set.
                      proxy_buffer_size 16k;
                      proxy_buffers 8 16k;
         check   curl -sI http://127.0.0.1/login | wc -c

      Every failure is explained.

      As JSON: --format json
      "
    `);
  });

  it('draws in ASCII where the terminal knows nothing else', () => {
    const text = render(twoCauses, 100, true);
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).toContain('##############################');
  });

  it('says in one sentence that nothing is wrong', () => {
    expect(render(nothingWrong)).toMatchInlineSnapshot(`
      "access.log     access     4,870 lines   combined
      error.log      error        331 lines   no time zone in the file; UTC fits access.log
      gunicorn.log   gunicorn     212 lines   Gunicorn 23.0.0, sync

      No failed requests in 4,870 (2026-11-20, 14:00–14:12 UTC).

      As JSON: --format json
      "
    `);
  });

  it('tells of failures that clients never saw', () => {
    expect(render(retriedOnly)).toMatchInlineSnapshot(`
      "access.log     access     4,870 lines   combined
      error.log      error        331 lines   no time zone in the file; UTC fits access.log
      gunicorn.log   gunicorn     212 lines   Gunicorn 23.0.0, sync

      No failed requests in 4,870 (2026-11-20, 14:00–14:12 UTC).
      Clients saw no error page, but the logs hold this:

      1  Gunicorn was restarted while requests arrived                                      deploy-restart
         no request failed                                                                  confirmed
         when    14:02:11 – 14:09:40 (7 min 29 s)
         also    42 tries at the backend failed unseen: another try answered, or nobody waited for it
                 1 answer broke off after the status: clients got 200 and half a page

      As JSON: --format json
      "
    `);
  });

  it('says what is missing when a failure is not explained, with dates across midnight', () => {
    expect(render(unknownCause)).toMatchInlineSnapshot(`
      "access.log   access   4,870 lines   combined

      19 of 4,870 requests failed (0.4 %) between 2026-11-20 23:58:00 and 2026-11-21 00:04:10 UTC

      1  Nothing in these logs explains the failures                                           unknown
         ████████████████████████████████  19 of 19 · 100 %                                    unexplained
         where   GET /   10
                 GET /a   4
                 GET /b   1
                 GET /c   1
                 GET /d   1
                 others   2
         status  502
         when    20 Nov 23:58:00 – 21 Nov 00:04:10 (6 min 10 s)   ██  most at 21 Nov 00:04
         why     access.log:4  20 Nov 23:58:00  GET / answered 502
                 no NGINX error log was given
                 no Gunicorn log was given
         do      1  Give the error log and the Gunicorn log of the same time
                    An access log says that a request failed, not why.
                      badgateway diagnose access.log --error error.log --gunicorn gunicorn.log

      19 failures are not explained; entry 1 says what is missing.
      No error log was given: what NGINX saw of the failures is not known.
      2 lines could not be understood.
        access.log:17  20 Nov 23:58:00  \\x16\\x03\\x01 not a log line

      As JSON: --format json
      "
    `);
  });

  it('says that lines were counted when there was no access log', () => {
    expect(render(withoutAccessLog, 80)).toMatchInlineSnapshot(`
      "/var/log/nginx/error.log   error   40 lines

      31 requests failed between 14:02:11 and 14:09:40 UTC on 2026-11-20
      Counted in the error log: without an access log nobody knows how many requests
      there were.

      1  Nothing listens on 127.0.0.1:8000                       backend-not-listening
         ████████████████████████████████  31 of 31 · 100 %      likely
         where   GET /
         to      http://127.0.0.1:8000
         status  502
         when    14:02:11 – 14:09:40 (7 min 29 s)
         why     error.log:3  14:02:11  connect() failed (111: Connection refused)
                                        while connecting to upstream, for GET /

      Every failure is explained.

      As JSON: --format json
      "
    `);
  });

  it('shows hostile texts as what they are', () => {
    expect(render(hostileTexts)).toMatchInlineSnapshot(`
      "…E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀.log   access   100 lines   \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery
                                                                      failure is
                                                                      explained.\\u{202E}\\u{200B}\\u{2028}\\u
                                                                      {9B}31m 中文 😀

      290 of 4,870 requests failed (6.0 %) between 14:02:11 and 14:09:40 UTC on 2026-11-20

      1  The backend \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is                        worker-timeout
         explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀
         ████████████████████████████████  290 of 290 · 100 %                               confirmed
         where   GET /\\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is exp…B}\\u{2028}\\u{9B}31m 中文 😀
         to      \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is explaine…0B}\\u{2028}\\u{9B}31m 中文 😀
         status  \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is explaine…B}\\u{2028}\\u{9B}31m 中文 😀
         when    14:02:11 – 14:09:40 (7 min 29 s)   ▂▄▇█▇▄▃▁  most at 14:05
         why     …u{200B}\\u{2028}\\u{9B}31m 中文 😀:3  14:02:11  \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery
                                                                failure is
                                                                explained.\\u…00B}\\u{2028}\\u{9B}31m 中文 😀
                 \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is
                 explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀
         also    as a consequence: no live upstreams (12)
                 on the backend: WORKER TIMEOUT (290)
         do      1  \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is
                    explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀
                    \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is
                    explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀
                      \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀
         check   \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀
         read    \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀

      Every failure is explained.
      \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀.
      1 line could not be understood.
        error.log:9  14:02:11  \\x1B]0;owned\\x07\\x1B[2J\\x0D\\x0AEvery failure is
                               explained.\\u{202E}\\u{200B}\\u{2028}\\u{9B}31m 中文 😀

      As JSON: --format json
      "
    `);
  });

  it('says so when there is nothing to diagnose', () => {
    const empty = report({ inputs: [], window: null, requests: null });
    expect(render(empty)).toContain(
      'No NGINX log was given, so failed requests cannot be counted.',
    );
    const errors = report({ inputs: [input('e.log', { role: 'error' })], requests: null });
    expect(render({ ...errors, window: null })).toContain('No failures in these logs.');
    const zero = report({ window: null, requests: { total: 0, byStatus: {} } });
    expect(render(zero)).toContain('There are no requests in these logs.');
  });

  it('names the host of a file where its path does not', () => {
    const inputs = [input('a.log', { host: 'web-1' }), input('b.log', { host: 'web-2' })];
    expect(render(report({ inputs }))).toContain('a.log   access   web-1   100 lines');
  });

  it('writes a long directory once', () => {
    const paths = ['web-1/access.log', 'web-2/access.log'];
    const inputs = paths.map((path) => input(`/srv/incidents/2026/november/20/${path}`));
    expect(render(report({ inputs })).split('\n').slice(0, 3)).toEqual([
      '/srv/incidents/2026/november/20/',
      'web-1/access.log   access   100 lines',
      'web-2/access.log   access   100 lines',
    ]);
  });

  it('ends when long paths share nothing but the root, or not even that', () => {
    const deep = '/srv/incidents/2026/november/20/of-the-shop/on-the-first-host/access.log';
    for (const other of ['/var/log/nginx/error.log', 'w/gunicorn.log', '-', '/']) {
      const inputs = [input(deep), input(other)];
      expect(render(report({ inputs }))).toContain('access.log   access');
    }
  });

  it('lists a few of many files and counts the others', () => {
    const inputs = Array.from({ length: 40 }, (_, index) => input(`${index}.log`));
    expect(render(report({ inputs }))).toContain('and 25 more with 2,500 lines');
  });

  it('styles without changing the text', () => {
    const styled = renderDiagnosis(twoCauses, { width: 100, style: ansiStyle, timeZone: 'UTC' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is removed
    const bare = styled.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    expect(bare).toBe(render(twoCauses));
  });

  it('keeps every line but commands and links within the width', () => {
    for (const given of [twoCauses, unknownCause, withoutAccessLog, retriedOnly]) {
      for (let width = 60; width <= 200; width += 7) {
        const lines = render(given, width).split('\n');
        const wide = lines.filter((line) => textWidth(line) > width);
        expect(
          wide.filter((line) => !/^\s+(#|sudo|curl|badgateway)|^ {3}(check|read)/.test(line)),
        ).toEqual([]);
      }
    }
  });
});

describe('hostile text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ maxLength: 40 }),
  );
  const anyReport = fc
    .record({
      text: fc.array(text, { minLength: 12, maxLength: 12 }),
      failures: fc.nat(5000),
      retried: fc.nat(3),
    })
    .map(({ text: [a = '', b = '', c = '', d = '', e = '', f = '', g = ''], failures, retried }) =>
      report({
        inputs: [input(a, { host: b, notes: [c], unparsed: 1 })],
        failures,
        window: { from: d, to: e },
        notes: [f],
        diagnoses: [
          diagnosis({
            title: g,
            failures,
            retried,
            firstSeen: a,
            lastSeen: b,
            byStatus: { [c]: failures },
            hosts: [{ host: d, failures }],
            routes: [
              { route: e, failures },
              { route: f, failures: 0 },
            ],
            upstreams: [{ upstream: g, failures }],
            timeline: [{ at: a, failures }],
            evidence: [
              evidence('error', '14:00:00', `${a}:1`, b),
              evidence('access', '14:00:00', c, `1.1.1.1 - - [x] "${d}" 502 ${e}`),
              evidence('gunicorn', '14:00:00', f, g),
            ],
            absent: [a],
            fixes: [{ title: b, why: c, commands: [d], verify: [e] }],
            docs: [f],
          }),
        ],
        unparsed: { lines: 1, samples: [evidence('error', '14:00:00', `${b}:2`, a)] },
      }),
    );

  it('never leaves a control character in the text', () => {
    fc.assert(
      fc.property(
        anyReport,
        fc.integer({ min: 20, max: 250 }),
        fc.boolean(),
        (given, width, ascii) => {
          const shown = render(given, width, ascii).replaceAll('\n', '');
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          if (ascii) expect(shown).toMatch(/^[\x20-\x7e]*$/);
        },
      ),
    );
  });
});
