/** What people get of an incident: e-mail, Slack, and the document for programs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/diagnosis.ts';
import type { Transition, TransitionKind } from '../../../core/incident/incident.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import { NO_EXTRAS } from '../../../core/messages/alert.ts';
import { alertAttributes, alertDocumentOf } from '../../../core/messages/alert-document.ts';
import { amazonQDocument } from '../../../core/messages/amazon-q.ts';
import { renderEmail } from '../../../core/messages/render-email.ts';
import { slackPayloadOf } from '../../../core/messages/slack-payload.ts';

const OPENED = Date.UTC(2026, 10, 20, 14, 2, 11);

const DIAGNOSIS: Diagnosis = {
  cause: 'worker-timeout',
  title: 'Gunicorn killed workers that took longer than 30 s',
  severity: 'high',
  mechanism: 'premature-close',
  confidence: 'confirmed',
  failures: 290,
  retried: 0,
  truncated: 0,
  firstSeen: '2026-11-20T14:02:11.000Z',
  lastSeen: '2026-11-20T14:09:40.000Z',
  byStatus: { '502': 290 },
  hosts: [
    { host: 'web-1', failures: 171 },
    { host: 'web-2', failures: 119 },
  ],
  routes: [{ route: 'GET /reports/:id', failures: 290 }],
  upstreams: [{ upstream: 'http://127.0.0.1:8000', failures: 290 }],
  timeline: [],
  evidence: [
    {
      role: 'gunicorn',
      at: '2026-11-20T14:02:40.000Z',
      host: 'web-1',
      path: '/shop/gunicorn/web-1',
      lineNumber: null,
      line: '[2026-11-20 14:02:40 +0000] [41] [CRITICAL] WORKER TIMEOUT (pid:3438)',
    },
  ],
  absent: ['an out-of-memory kill'],
  symptoms: [],
  signals: [],
  fixes: [
    {
      title: 'Give this route more time',
      why: 'It needs more than 30 s',
      commands: ['gunicorn --timeout 90 shop.wsgi:app'],
      verify: ['curl -so /dev/null http://127.0.0.1/reports/77'],
    },
  ],
  docs: ['https://docs.gunicorn.org/en/stable/settings.html#timeout'],
};

function transition(kind: TransitionKind, more: Partial<Transition> = {}): Transition {
  return {
    id: 'shop/worker-timeout/20261120T140211Z/1',
    kind,
    at: OPENED + 60_000,
    reason: '',
    diagnosis: DIAGNOSIS,
    incident: {
      id: 'shop/worker-timeout/20261120T140211Z',
      service: 'shop',
      cause: 'worker-timeout',
      formerCause: null,
      status: 'open',
      openedAt: OPENED,
      lastFailureAt: OPENED + 449_000,
      resolvedAt: null,
      failures: 290,
      hosts: ['web-1', 'web-2'],
      knownHosts: 4,
      requests: null,
    },
    ...more,
  };
}

const alert = (publication: Publication) => ({ publication, ...NO_EXTRAS });

describe('an e-mail', () => {
  it('about a new incident has the verdict, the evidence and the steps', () => {
    const { subject, body } = renderEmail(alert(transition('opened')));
    expect(subject).toMatchInlineSnapshot(
      `"[shop] Gunicorn killed workers that took longer than 30 s: 290 failed requests"`,
    );
    expect(body).toMatchInlineSnapshot(`
      "Gunicorn killed workers that took longer than 30 s.
      290 requests failed between 14:02:11 and 14:09:40 UTC on 2026-11-20, on 2 of
      2 hosts.

      WHERE
        GET /reports/:id   290
        web-1 171, web-2 119

      WHY WE THINK SO  (confirmed: the log says so itself)
        14:02:40 web-1 gunicorn WORKER TIMEOUT (pid:3438)
        Looked for, not found: an out-of-memory kill.

      WHAT TO DO
        1. Give this route more time. It needs more than 30 s
              gunicorn --timeout 90 shop.wsgi:app

      CHECK THAT IT WORKED
        curl -so /dev/null http://127.0.0.1/reports/77

      READ
        https://docs.gunicorn.org/en/stable/settings.html#timeout

      In all, 290 requests failed between 14:02:11 and 14:09:40 UTC on 2026-11-20,
      on web-1, web-2.
      Incident shop/worker-timeout/20261120T140211Z
      "
    `);
  });

  it('about its end is short', () => {
    const { subject, body } = renderEmail(alert(transition('resolved')));
    expect(subject).toMatchInlineSnapshot(
      `"[shop] Over after 7 min 29 s: Gunicorn killed workers that took longer than 30 s, 290 failed req..."`,
    );
    expect(body).toMatchInlineSnapshot(`
      "It is over: Gunicorn killed workers that took longer than 30 s.
      In all, 290 requests failed between 14:02:11 and 14:09:40 UTC on 2026-11-20,
      on web-1, web-2.

      Incident shop/worker-timeout/20261120T140211Z
      "
    `);
  });

  it.each<[TransitionKind, string]>([
    ['escalated', '10 times as many failures'],
    ['refined', ''],
    ['reopened', ''],
    ['test', ''],
  ])('about one that was %s says so first', (kind, reason) => {
    const { subject, body } = renderEmail(alert(transition(kind, { reason })));
    expect([subject, body.split('\n')[0]]).toMatchSnapshot();
  });

  it('about many at once lists them', () => {
    const { incident, reason, at } = transition('opened');
    const one = {
      id: 'a',
      kind: 'opened' as const,
      at,
      reason,
      incident,
      title: DIAGNOSIS.title,
      severity: DIAGNOSIS.severity,
    };
    const summary = {
      kind: 'summary' as const,
      id: 'summary/1',
      at,
      transitions: [one, one],
      waiting: 3,
    };
    expect(renderEmail(alert(summary))).toMatchSnapshot();
    expect(JSON.stringify(slackPayloadOf(alertDocumentOf(alert(summary))))).toContain(
      '2 alerts at once',
    );
  });
});

describe('the document for programs', () => {
  it('has what the contract says, and attributes for filter policies', () => {
    const document = alertDocumentOf(alert(transition('opened')));
    expect(document).toMatchObject({
      schema: 'badgateway/alert@1',
      transition: 'opened',
      service: 'shop',
      incident: { id: 'shop/worker-timeout/20261120T140211Z', openedAt: OPENED },
      diagnosis: { cause: 'worker-timeout' },
      links: {},
    });
    expect(alertAttributes(transition('opened'))).toEqual({
      service: 'shop',
      cause: 'worker-timeout',
      severity: 'high',
      transition: 'opened',
    });
  });
});

describe('whatever a log line holds', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '<!channel> <@U1> <http://evil|x>',
      '```',
      '&amp;&lt;',
      '\u001b[31m',
      'a'.repeat(9_000),
      '\u{1f600}'.repeat(3_000),
      '&'.repeat(5_000),
    ),
  );

  const anyKind = fc.constantFrom<TransitionKind>(
    'opened',
    'refined',
    'escalated',
    'resolved',
    'reopened',
  );

  it('Slack gets blocks within its limits, without markup of strangers', () => {
    fc.assert(
      fc.property(
        hostile,
        hostile,
        fc.constantFrom<TransitionKind>('opened', 'resolved', 'escalated'),
        (line, name, kind) => {
          const base = transition(kind);
          const evidence = DIAGNOSIS.evidence.map((one) => ({ ...one, line, host: name }));
          const payload = slackPayloadOf(
            alertDocumentOf(
              alert({
                ...base,
                reason: name,
                incident: { ...base.incident, hosts: [name] },
                diagnosis: {
                  ...DIAGNOSIS,
                  evidence,
                  title: name,
                  fixes: [{ title: line, why: '', commands: [name], verify: [] }],
                },
              }),
            ),
          );
          expect(payload.blocks.length).toBeLessThanOrEqual(50);
          for (const block of payload.blocks as {
            type: string;
            text?: { type: string; text: string };
          }[]) {
            const { type, text } = block.text ?? { type: '', text: 'x' };
            expect(text.length).toBeGreaterThan(0);
            expect(text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000);
            if (type !== 'mrkdwn') continue;
            const inside = text.slice(3, -3);
            expect(inside).not.toMatch(/[<>`]|&(?!(?:amp|lt|gt);)/);
          }
        },
      ),
    );
  });

  it('Amazon Q gets a document within its limits, escaped', () => {
    fc.assert(
      fc.property(hostile, hostile, (line, name) => {
        const evidence = DIAGNOSIS.evidence.map((one) => ({ ...one, line, host: name }));
        const fixes = [{ title: name, why: line, commands: [], verify: [] }];
        const diagnosis = { ...DIAGNOSIS, evidence, fixes, title: name };
        const { version, source, content } = JSON.parse(
          amazonQDocument(alert(transition('opened', { diagnosis }))),
        );
        expect([version, source]).toEqual(['1.0', 'custom']);
        expect(content.title.length).toBeLessThanOrEqual(250);
        expect(content.description.length).toBeLessThanOrEqual(8_000);
        expect(content.description.length).toBeGreaterThan(0);
        for (const step of content.nextSteps) expect(step.length).toBeLessThanOrEqual(350);
        expect(content.description.slice(3, -3)).not.toMatch(/[<>`]|&(?!(?:amp|lt|gt);)/);
      }),
    );
  });

  it('e-mail gets a subject of one ASCII line below 100 characters, and no control character', () => {
    fc.assert(
      fc.property(hostile, hostile, anyKind, (line, name, kind) => {
        const base = transition(kind, { reason: name });
        const evidence = DIAGNOSIS.evidence.map((one) => ({ ...one, line, host: name }));
        const { subject, body } = renderEmail(
          alert({
            ...base,
            incident: { ...base.incident, hosts: [name], service: name },
            diagnosis: { ...DIAGNOSIS, evidence, title: name },
          }),
        );
        expect(subject).toMatch(/^[\x20-\x7e]{0,99}$/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
        expect(body).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
      }),
    );
  });
});
