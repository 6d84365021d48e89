import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/diagnosis.ts';
import type { Transition, TransitionKind } from '../../../core/incident/incident.ts';
import { DEFAULT_POLICY } from '../../../core/incident/policy.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import { policyInWords, renderWatchAlert } from '../../../core/messages/render-watch.ts';
import { ansiStyle, plainStyle } from '../../../core/messages/style.ts';

const OPENED = Date.UTC(2026, 10, 20, 14, 2, 11);
const OPTIONS = { width: 100, style: plainStyle, timeZone: 'UTC' as const };

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
      path: '/var/log/gunicorn.log',
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
    at: OPENED + 460_000,
    reason: '',
    incident: {
      id: 'shop/worker-timeout/20261120T140211Z',
      service: 'shop',
      cause: 'worker-timeout',
      formerCause: null,
      status: kind === 'resolved' ? 'resolved' : 'open',
      openedAt: OPENED,
      lastFailureAt: OPENED + 449_000,
      resolvedAt: null,
      failures: 290,
      hosts: ['web-1', 'web-2'],
      knownHosts: 4,
      requests: 4_870,
    },
    diagnosis: DIAGNOSIS,
    ...more,
  };
}

describe('an alert in the terminal', () => {
  it('says what broke, how bad it is, why, and what to do', () => {
    expect(renderWatchAlert(transition('opened'), OPTIONS)).toMatchInlineSnapshot(`
      "14:09:51 UTC  shop  Gunicorn killed workers that took longer than 30 s
         290 of 4,870 requests failed since 14:02 UTC (6.0 %), on 2 of 4 hosts.
         It is still going on.
         cause   worker-timeout, confirmed
         where   GET /reports/:id
         hosts   web-1 171 · web-2 119
         to      http://127.0.0.1:8000
         status  502
         when    14:02:11 – 14:09:40 (7 min 29 s)
         why     gunicorn.log  14:02:40  WORKER TIMEOUT (pid:3438)
                 looked for, not found: an out-of-memory kill
         do      1  Give this route more time
                    It needs more than 30 s
                      gunicorn --timeout 90 shop.wsgi:app
         check   curl -so /dev/null http://127.0.0.1/reports/77
         read    https://docs.gunicorn.org/en/stable/settings.html#timeout
         id      shop/worker-timeout/20261120T140211Z

      "
    `);
  });

  it('is short when it is over', () => {
    expect(renderWatchAlert(transition('resolved'), OPTIONS)).toMatchInlineSnapshot(`
      "14:09:51 UTC  shop  It is over: Gunicorn killed workers that took longer than 30 s
         290 of 4,870 requests failed (6.0 %) between 14:02:11 and 14:09:40 UTC on 2026-11-20, on 2 of 4
         hosts.
         It lasted 7 min 29 s; nothing has failed for 11 s since.
         id      shop/worker-timeout/20261120T140211Z

      "
    `);
  });

  it('says what is new of an incident that is known', () => {
    const grown = transition('escalated', { reason: '10 times as many failures' });
    const known = transition('refined');
    const refined = {
      ...known,
      incident: { ...known.incident, formerCause: 'worker-died-unknown' as const, requests: null },
    };
    expect(renderWatchAlert(grown, OPTIONS)).toContain('   10 times as many failures.\n');
    expect(renderWatchAlert(refined, OPTIONS)).toContain('Until now it was taken for this:');
    expect(renderWatchAlert(refined, OPTIONS)).toContain('   290 requests failed since 14:02 UTC');
    expect(renderWatchAlert(refined, OPTIONS)).toContain('--timeout 90');
  });

  it('tells many at once in a line each', () => {
    const { incident } = transition('opened');
    const about = { at: OPENED, reason: '', title: DIAGNOSIS.title, severity: 'high' as const };
    const summary: Publication = {
      kind: 'summary',
      id: 'summary/1',
      at: OPENED,
      transitions: [
        { ...about, id: '1', kind: 'opened', incident },
        { ...about, id: '2', kind: 'resolved', incident: { ...incident, service: 'blog' } },
      ],
      waiting: 3,
    };
    expect(renderWatchAlert(summary, OPTIONS)).toMatchInlineSnapshot(`
      "14:02:11 UTC  2 alerts at once, in one message
         shop: Gunicorn killed workers that took longer than 30 s, 290 failed requests (opened)
         blog: Gunicorn killed workers that took longer than 30 s, 290 failed requests (resolved)
         3 more alerts will follow.

      "
    `);
  });

  it('holds no control character, whatever the logs hold', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[31m', '\r\n', '\u202e', '\u0000', '\u2028', '\ud800'),
    );
    fc.assert(
      fc.property(hostile, hostile, fc.boolean(), (one, other, ascii) => {
        const [line] = DIAGNOSIS.evidence;
        const told = transition('opened', {
          reason: one,
          diagnosis: {
            ...DIAGNOSIS,
            title: other,
            routes: [{ route: one, failures: 1 }],
            hosts: [{ host: other, failures: 1 }],
            evidence: line ? [{ ...line, line: one, path: other, host: one }] : [],
          },
        });
        const incident = { ...told.incident, hosts: [one], service: other, id: one };
        const text = renderWatchAlert({ ...told, incident }, { ...OPTIONS, ascii });
        expect(text).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
        if (ascii) expect(text).toMatch(/^[\n\x20-\x7e]*$/);
      }),
    );
  });

  it('is coloured where a terminal wants it', () => {
    const text = renderWatchAlert(transition('opened'), { ...OPTIONS, style: ansiStyle });
    expect(text).toContain('\u001b[31m14:09:51 UTC  shop  Gunicorn killed');
  });
});

it('a policy is a sentence', () => {
  expect(policyInWords(DEFAULT_POLICY)).toBe(
    'alerts when one cause fails 5 requests in 5 min, or 1.0 % of at least 100 requests; over after 10 min without; told again every 4 h',
  );
  expect(policyInWords({ ...DEFAULT_POLICY, minRate: 0 })).not.toContain('100 requests');
});
