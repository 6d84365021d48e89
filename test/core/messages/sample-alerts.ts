/** Alerts to render. */
import type { Diagnosis } from '../../../core/diagnosis.ts';
import type {
  IncidentSummary,
  Transition,
  TransitionKind,
} from '../../../core/incident/incident.ts';
import { type AlertSummary, type Publication, summarised } from '../../../core/incident/summary.ts';
import { type Alert, type ContextLine, NO_EXTRAS } from '../../../core/messages/alert.ts';

/** 14:02:11. */
export const OPENED = Date.UTC(2026, 10, 20, 14, 2, 11);

export const DIAGNOSIS: Diagnosis = {
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
      role: 'access',
      at: '2026-11-20T14:02:41.000Z',
      host: 'web-1',
      path: '/shop/access/web-1',
      lineNumber: null,
      line: '10.0.0.0 - - [20/Nov/2026:14:02:41 +0000] "GET /reports/77 HTTP/1.1" 502 157 "-" "curl" rt=30.412',
    },
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

export const INCIDENT: IncidentSummary = {
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
  requests: 4_870,
};

export function transition(kind: TransitionKind, more: Partial<Transition> = {}): Transition {
  return {
    id: `${INCIDENT.id}/2`,
    kind,
    at: OPENED + 460_000,
    reason: '',
    diagnosis: DIAGNOSIS,
    incident: INCIDENT,
    ...more,
  };
}

/** The end of the incident, ten minutes after its last failure. */
export function resolved(more: Partial<IncidentSummary> = {}): Transition {
  const resolvedAt = INCIDENT.lastFailureAt + 600_000;
  const incident: IncidentSummary = { ...INCIDENT, status: 'resolved', resolvedAt, ...more };
  return transition('resolved', { at: resolvedAt, incident });
}

const RESTARTED_AT = OPENED + 4_200;

/** Requests that a restart lost. */
export const RESTART: Transition = transition('resolved', {
  id: 'shop/deploy-restart/20261120T140211Z/1',
  at: RESTARTED_AT + 120_000,
  diagnosis: {
    ...DIAGNOSIS,
    cause: 'deploy-restart',
    title: 'Requests were lost while shop.service was restarted',
    severity: 'medium',
    failures: 12,
    evidence: [],
    absent: [],
  },
  incident: {
    ...INCIDENT,
    id: 'shop/deploy-restart/20261120T140211Z',
    cause: 'deploy-restart',
    status: 'resolved',
    failures: 12,
    hosts: ['web-1'],
    lastFailureAt: RESTARTED_AT,
    resolvedAt: RESTARTED_AT + 120_000,
  },
});

/** `count` openings, of as many services. */
export function summary(count: number, waiting = 0): AlertSummary {
  const transitions = Array.from({ length: count }, (_, index) => {
    const service = `shop-${index}`;
    const incident = { ...INCIDENT, service, id: `${service}/worker-timeout/20261120T140211Z` };
    return summarised(transition('opened', { id: `${incident.id}/1`, incident }));
  });
  return { kind: 'summary', id: 'summary/20261120T140951Z-1', at: OPENED, transitions, waiting };
}

/** Two lines of the logs, the second with a traceback. */
export const CONTEXT: readonly ContextLine[] = [
  ['2026-11-20 14:02:30 db-1 WARNING: pool exhausted', 'app', 19_000],
  [
    '[2026-11-20 14:02:40 +0000] [3438] [ERROR] Error handling request /reports/77',
    'gunicorn',
    29_000,
  ],
  ['Traceback (most recent call last):', 'gunicorn', 29_000],
  ['  File "/srv/shop/views.py", line 61, in build_pdf', 'gunicorn', 29_000],
  ['SystemExit: 1', 'gunicorn', 29_000],
].map(([line, role, after]) => ({
  at: OPENED + Number(after),
  host: 'web-1',
  role: role as ContextLine['role'],
  line: String(line),
}));

export function alert(publication: Publication, extras: Partial<Alert> = {}): Alert {
  return { publication, ...NO_EXTRAS, ...extras };
}
