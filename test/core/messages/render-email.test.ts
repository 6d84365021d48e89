/** What people get by e-mail of an incident. */
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import { NOTHING_KNOWN } from '../../../core/catalogue/fix-context.ts';
import type { IncidentSummary, Transition } from '../../../core/incident/incident.ts';
import { renderEmail } from '../../../core/messages/render-email.ts';
import {
  alert,
  CONTEXT,
  DIAGNOSIS,
  INCIDENT,
  OPENED,
  RESTART,
  resolved,
  summary,
  transition,
} from './sample-alerts.ts';

const LINKS = { logs: 'https://example.com/logs', dashboard: 'https://example.com/dashboard' };

function mail(publication: Parameters<typeof alert>[0]): string {
  const { subject, body } = renderEmail(alert(publication));
  return `${subject}\n\n${body}`;
}

function opened(more: Partial<IncidentSummary>): string {
  return renderEmail(alert(transition('opened', { incident: { ...INCIDENT, ...more } }))).body;
}

describe('an e-mail about a new incident', () => {
  it('has the verdict, how bad it is, the evidence, the steps, and where to look', () => {
    const { subject, body } = renderEmail(
      alert(transition('opened'), { links: LINKS, context: CONTEXT }),
    );
    expect(subject).toMatchInlineSnapshot(
      `"[shop] Gunicorn killed workers that took longer than 30 s: 290 failed requests on GET /reports/:id"`,
    );
    expect(body).toMatchInlineSnapshot(`
      "Gunicorn killed workers that took longer than 30 s.
      290 of 4,870 requests failed since 14:02 UTC (6.0 %), on 2 of 4 hosts. It is
      still going on.

      WHERE
        GET /reports/:id
        web-1 171, web-2 119

      WHY WE THINK SO  (confirmed: NGINX and Gunicorn agree)
        14:02:40 web-1 gunicorn WORKER TIMEOUT (pid:3438)
        14:02:41 web-1 access   GET /reports/77 answered 502 after 30.4 s
        Looked for, not found: an out-of-memory kill.

      FROM THE LOGS AT THAT TIME
        14:02:30 web-1 app      2026-11-20 14:02:30 db-1 WARNING: pool exhausted
        14:02:40 web-1 gunicorn Error handling request /reports/77
            Traceback (most recent call last):
              File "/srv/shop/views.py", line 61, in build_pdf
            SystemExit: 1

      WHAT TO DO
        1. Give this route more time.
           It needs more than 30 s.
              gunicorn --timeout 90 shop.wsgi:app

      CHECK THAT IT WORKED
        curl -so /dev/null http://127.0.0.1/reports/77

      LOOK
        All logs at that time:
          https://example.com/logs
        Dashboard:
          https://example.com/dashboard
        Read: https://docs.gunicorn.org/en/stable/settings.html#timeout

      Incident shop/worker-timeout/20261120T140211Z
      Quiet it for two hours:
        badgateway mute --service shop --cause worker-timeout --for 2h --reason "…"
      "
    `);
  });

  it('says that the share is not known where nobody counted requests, or counted too few', () => {
    for (const requests of [null, 12]) {
      expect(opened({ requests })).toContain('290 requests failed since 14:02 UTC');
      expect(opened({ requests }).replace(/\s+/g, ' ')).toContain(
        'the share of all requests is not known. It is still going on.',
      );
    }
  });

  it.each([
    [{ knownHosts: 4 }, ', on 2 of 4 hosts.'],
    [{ knownHosts: 2 }, ', on both hosts.'],
    [{ knownHosts: 3, hosts: ['web-1', 'web-2', 'web-3'] }, ', on all 3 hosts.'],
    [{ knownHosts: 1 }, ', on 2 hosts.'],
    [{ knownHosts: null }, ', on 2 hosts.'],
    [{ knownHosts: null, hosts: ['web-1'] }, ', on web-1.'],
    [{ knownHosts: 3, hosts: ['web-1'] }, ', on 1 of 3 hosts.'],
    [{ hosts: [] }, ' (6.0 %).'],
  ])('names hosts: %j', (more, words) => {
    expect(opened(more).replace(/\s+/g, ' ')).toContain(words);
  });

  it('says when the last request failed, should it not go on', () => {
    const lastFailureAt = OPENED + 60_000;
    expect(opened({ lastFailureAt }).replace(/\s+/g, ' ')).toContain(
      'The last one failed at 14:03 UTC.',
    );
  });

  it('says the day where it began on another one', () => {
    expect(opened({ openedAt: OPENED - 86_400_000 })).toContain('since 19 Nov 14:02 UTC');
  });

  it('says of which failures the places are where it is older than they are known', () => {
    expect(opened({ failures: 9_000, requests: null })).toContain('WHERE  (the newest 290)');
  });

  it('quotes what the shell would take apart', () => {
    const body = opened({ service: "the shop's" });
    expect(body).toContain(`badgateway mute --service 'the shop'\\''s' --cause worker-timeout`);
  });
});

describe('an e-mail about a known incident', () => {
  it('that is back says so', () => {
    expect(mail(transition('reopened')).split('\n').slice(0, 5)).toMatchInlineSnapshot(`
      [
        "[shop] Back: Gunicorn killed workers that took longer than 30 s: 290 failed requests",
        "",
        "It is back: Gunicorn killed workers that took longer than 30 s.",
        "It had been over. 290 of 4,870 requests failed since 14:02 UTC (6.0 %), on 2",
        "of 4 hosts. It is still going on.",
      ]
    `);
  });

  it('that grows says what it was and what it is, and explains nothing again', () => {
    const reason = '29 failed requests when we last told you, 290 now; reached web-2';
    expect(mail(transition('escalated', { reason }))).toMatchInlineSnapshot(`
      "[shop] Still failing: Gunicorn killed workers that took longer than 30 s: 290 failed requests

      Still failing: Gunicorn killed workers that took longer than 30 s.
      29 failed requests when we last told you, 290 now; reached web-2. That is
      6.0 % of 4,870 requests since 14:02 UTC, on 2 of 4 hosts.

      WHERE
        GET /reports/:id
        web-1 171, web-2 119

      WHAT THE LOGS SAY
        14:02:40 web-1 gunicorn WORKER TIMEOUT (pid:3438)
        14:02:41 web-1 access   GET /reports/77 answered 502 after 30.4 s

      WHAT TO DO
        1. Give this route more time.
              gunicorn --timeout 90 shop.wsgi:app

      CHECK THAT IT WORKED
        curl -so /dev/null http://127.0.0.1/reports/77

      LOOK
        Read: https://docs.gunicorn.org/en/stable/settings.html#timeout

      Incident shop/worker-timeout/20261120T140211Z
      Quiet it for two hours:
        badgateway mute --service shop --cause worker-timeout --for 2h --reason "…"
      "
    `);
  });

  it('whose cause is known now says what it was taken for, in words, and what is new', () => {
    const incident: IncidentSummary = { ...INCIDENT, formerCause: 'worker-died-unknown' };
    expect(mail(transition('refined', { incident }))).toMatchInlineSnapshot(`
      "[shop] Now known: Gunicorn killed workers that took longer than 30 s: 290 failed requests

      Now known: Gunicorn killed workers that took longer than 30 s.
      Until now it was taken for this: Gunicorn closed connections without an
      answer, and no log given says why. 290 of 4,870 requests failed since 14:02
      UTC (6.0 %), on 2 of 4 hosts. It is still going on.

      WHY WE THINK SO  (confirmed: NGINX and Gunicorn agree)
        14:02:40 web-1 gunicorn WORKER TIMEOUT (pid:3438)
        Looked for, not found: an out-of-memory kill.

      WHAT TO DO
        1. Give this route more time.
           It needs more than 30 s.
              gunicorn --timeout 90 shop.wsgi:app

      CHECK THAT IT WORKED
        curl -so /dev/null http://127.0.0.1/reports/77

      LOOK
        Read: https://docs.gunicorn.org/en/stable/settings.html#timeout

      Incident shop/worker-timeout/20261120T140211Z
      Quiet it for two hours:
        badgateway mute --service shop --cause worker-timeout --for 2h --reason "…"
      "
    `);
    expect(mail(transition('refined', { incident }))).not.toContain('worker-died-unknown');
  });

  it('that is over is short', () => {
    expect(mail(resolved())).toMatchInlineSnapshot(`
      "[shop] Over: Gunicorn killed workers that took longer than 30 s, 290 failures in 7 min 29 s

      It is over: Gunicorn killed workers that took longer than 30 s.
      290 of 4,870 requests failed (6.0 %) between 14:02:11 and 14:09:40 UTC on
      2026-11-20, on 2 of 4 hosts. It lasted 7 min 29 s; nothing has failed for
      10 min since.

      Incident shop/worker-timeout/20261120T140211Z
      "
    `);
  });

  it('that is over says what changed when it stopped, if the lines show it', () => {
    const started = {
      role: 'gunicorn' as const,
      at: '2026-11-20T14:09:45.000Z',
      host: 'web-2',
      path: '',
      lineNumber: null,
      line: '[2026-11-20 14:09:45 +0000] [7] [INFO] Starting gunicorn 23.0.0',
    };
    const said = (at: string): string => {
      const evidence = [...DIAGNOSIS.evidence, { ...started, at }];
      return mail({ ...resolved(), diagnosis: { ...DIAGNOSIS, evidence } });
    };
    expect(said(started.at)).toContain('When it stopped, Gunicorn started (14:09:45, web-2).');
    expect(said('2026-11-20T14:02:45.000Z')).not.toContain('When it stopped');
  });

  it('that was over in a moment has no length', () => {
    const text = mail(resolved({ lastFailureAt: OPENED }));
    expect(text).toContain('290 failures');
    expect(text).not.toMatch(/\b0 s\b/);
  });
});

describe('an e-mail about a restart', () => {
  it('is one line, and how to lose nothing', () => {
    expect(mail(RESTART)).toMatchInlineSnapshot(`
      "[shop] 12 requests lost while shop.service restarted (4.2 s)

      12 requests lost while shop.service restarted (4.2 s).
      It was at 14:02:11 UTC on 2026-11-20, on 1 of 4 hosts: 0.2 % of 4,870
      requests. Nothing has failed for 2 min since.

      Incident shop/deploy-restart/20261120T140211Z
      "
    `);
  });

  it.each<[number, number, string]>([
    [0, 1, '1 request lost while shop.service restarted'],
    [4_000, 12, '12 requests lost while shop.service restarted (4 s)'],
    [61_000, 12, '12 requests lost while shop.service restarted (1 min 1 s)'],
  ])('%i ms long', (ms, failures, words) => {
    const incident = { ...RESTART.incident, failures, lastFailureAt: OPENED + ms };
    const { subject, body } = renderEmail(alert({ ...RESTART, incident }));
    expect(subject).toBe(`[shop] ${words}`);
    expect(body.split('\n')[0]).toBe(`${words}.`);
  });

  it('rests on the words of the catalogue', () => {
    const title = CATALOGUE['deploy-restart'].title({ ...NOTHING_KNOWN, unit: 'api.service' });
    const told: Transition = { ...RESTART, diagnosis: { ...RESTART.diagnosis, title } };
    expect(mail(told)).toContain('while api.service restarted (4.2 s)');
  });
});

describe('other e-mails', () => {
  it('a test says that it is one', () => {
    const text = mail(transition('test'));
    expect(text.split('\n').slice(0, 6)).toMatchInlineSnapshot(`
      [
        "[shop] Only a test: nothing has failed",
        "",
        "Only a test: nothing has failed.",
        "Somebody is trying out whether alerts arrive, and this one did. There is",
        "nothing to do. If it were real, it would begin with: Gunicorn killed workers",
        "that took longer than 30 s.",
      ]
    `);
    expect(text).not.toMatch(/WHAT TO DO|going on|badgateway mute/);
  });

  it('many at once are a list, by service', () => {
    expect(mail(summary(2, 3))).toMatchInlineSnapshot(`
      "[badgateway] 2 alerts about 2 services at once: shop-0, shop-1

      2 alerts about 2 services at once.
      So much happened at once that it comes in one message. 3 more alerts will
      follow in a minute.

      shop-0
        new: Gunicorn killed workers that took longer than 30 s, 290 failed requests
          shop-0/worker-timeout/20261120T140211Z

      shop-1
        new: Gunicorn killed workers that took longer than 30 s, 290 failed requests
          shop-1/worker-timeout/20261120T140211Z
      "
    `);
  });
});

describe('a subject', () => {
  const subjectOf = (more: Partial<Transition['diagnosis']>, service = 'shop'): string => {
    const incident = { ...INCIDENT, service };
    const diagnosis = { ...DIAGNOSIS, ...more };
    return renderEmail(alert(transition('opened', { incident, diagnosis }))).subject;
  };

  it('shortens the route in its middle before the verdict, and leaves it out when little is left', () => {
    const routes = [{ route: `GET /reports/${'x'.repeat(80)}/pdf`, failures: 290 }];
    expect(subjectOf({ routes, title: 'Gunicorn ran out of open files' })).toMatchInlineSnapshot(
      `"[shop] Gunicorn ran out of open files: 290 failed requests on GET /reports/xxxxxxxxxx...xxxxxxx/pdf"`,
    );
    expect(subjectOf({ routes })).toMatchInlineSnapshot(
      `"[shop] Gunicorn killed workers that took longer than 30 s: 290 failed requests"`,
    );
  });

  it('keeps the count, however long the verdict and the service are', () => {
    const title = 'a long verdict '.repeat(6).trim();
    const subject = subjectOf({ title }, 'a-service-with-quite-a-long-name-indeed');
    expect(subject).toMatch(/: 290 failed requests$/);
    expect(subject.length).toBeLessThan(100);
  });
});
