/** Reports as `diagnose` makes them, by hand: what the texts people read are tested with. */
import type {
  Diagnosis,
  DiagnosisReport,
  EvidenceLine,
  InputSummary,
} from '../../../core/diagnosis.ts';
import { DIAGNOSIS_SCHEMA } from '../../../core/diagnosis.ts';

const DAY = '2026-11-20';

/** A time of the day of the incident. */
const at = (clock: string): string => `${DAY}T${clock}.000Z`;

export function input(path: string, changes: Partial<InputSummary> = {}): InputSummary {
  return { path, role: 'access', host: 'web-1', lines: 100, unparsed: 0, notes: [], ...changes };
}

export function evidence(
  role: EvidenceLine['role'],
  clock: string,
  place: string,
  line: string,
): EvidenceLine {
  const [path = '', lineNumber] = place.split(':');
  return {
    role,
    at: at(clock),
    host: 'web-1',
    path,
    lineNumber: lineNumber === undefined ? null : Number(lineNumber),
    line,
  };
}

export function diagnosis(changes: Partial<Diagnosis> = {}): Diagnosis {
  return {
    cause: 'worker-timeout',
    title: 'Gunicorn killed workers that took longer than 30 s',
    severity: 'high',
    mechanism: 'premature-close',
    confidence: 'confirmed',
    failures: 290,
    retried: 0,
    truncated: 0,
    firstSeen: at('14:02:11'),
    lastSeen: at('14:09:40'),
    byStatus: { '500': 278, '502': 12 },
    hosts: [
      { host: 'web-1', failures: 171 },
      { host: 'web-2', failures: 119 },
    ],
    routes: [{ route: 'GET /reports/:id', failures: 290 }],
    upstreams: [{ upstream: 'http://127.0.0.1:8000', failures: 290 }],
    timeline: [10, 31, 62, 71, 60, 30, 20, 6].map((failures, minute) => ({
      at: at(`14:0${minute + 2}:00`),
      failures,
    })),
    evidence: [
      evidence(
        'access',
        '14:02:41',
        'web-1/access.log:1882',
        '10.0.3.7 - - [20/Nov/2026:14:02:41 +0000] "GET /reports/77 HTTP/1.1" 502 157 "-" "curl/8.5" rt=30.412 uct=0.000 uht=- urt=30.411 us=502 ua=127.0.0.1:8000 pid=2977 c=4 cr=1 ms=1795183361.2 rid=ab',
      ),
      evidence(
        'error',
        '14:02:41',
        'web-1/error.log:17',
        '2026/11/20 14:02:41 [error] 2977#2977: *4 upstream prematurely closed connection while reading response header from upstream, client: 10.0.3.7, server: shop.example, request: "GET /reports/77 HTTP/1.1", upstream: "http://127.0.0.1:8000/reports/77", host: "shop.example"',
      ),
      evidence(
        'gunicorn',
        '14:02:40',
        'web-1/gunicorn.log:90',
        '[2026-11-20 14:02:40 +0000] [3430] [CRITICAL] WORKER TIMEOUT (pid:3438)',
      ),
      evidence(
        'gunicorn',
        '14:02:40',
        'web-1/gunicorn.log:97',
        '  File "/srv/shop/views.py", line 61, in build_pdf',
      ),
    ],
    absent: ['an out-of-memory kill', 'a restart', 'no kernel or systemd log was given'],
    symptoms: [{ mechanism: 'no-live-upstreams', count: 12 }],
    signals: [{ signal: 'worker-timeout', count: 290 }],
    fixes: [
      {
        title: 'Take the slow work out of the request: build_pdf (views.py:61) ran past 30 s',
        why: 'A sync worker that answers nothing for 30 seconds is killed with the request it works on.',
        commands: [],
        verify: [
          "curl -so /dev/null -w '%{http_code} after %{time_total} s\\n' http://127.0.0.1/reports/77",
        ],
      },
      {
        title: 'Until then give the route more time, on both sides',
        why: '',
        commands: [
          '# in the ExecStart line of shop.service',
          'gunicorn --timeout 90',
          '# in the location of /reports/, so that NGINX does not answer 504 first',
          'proxy_read_timeout 100s;',
          'sudo nginx -t && sudo nginx -s reload && sudo systemctl restart shop.service',
        ],
        verify: [],
      },
    ],
    docs: ['https://docs.gunicorn.org/en/stable/settings.html#timeout'],
    ...changes,
  };
}

export function report(changes: Partial<DiagnosisReport> = {}): DiagnosisReport {
  return {
    schema: DIAGNOSIS_SCHEMA,
    inputs: [
      input('access.log', { lines: 4870, notes: ['combined'] }),
      input('error.log', {
        role: 'error',
        lines: 331,
        notes: ['no time zone in the file', 'UTC fits access.log'],
      }),
      input('gunicorn.log', { role: 'gunicorn', lines: 212, notes: ['Gunicorn 23.0.0, sync'] }),
    ],
    window: { from: at('14:00:02'), to: at('14:12:59') },
    requests: { total: 4870, byStatus: { '200': 4558, '500': 278, '502': 34 } },
    failures: 0,
    diagnoses: [],
    notes: [],
    unparsed: { lines: 0, samples: [] },
    ...changes,
  };
}

const headerTooBig = diagnosis({
  cause: 'upstream-header-too-big',
  title: "The application sent headers larger than NGINX's buffer",
  severity: 'medium',
  mechanism: 'header-too-big',
  confidence: 'likely',
  failures: 22,
  firstSeen: at('14:03:01'),
  lastSeen: at('14:03:55'),
  byStatus: { '502': 22 },
  hosts: [{ host: 'web-1', failures: 22 }],
  routes: [
    { route: 'POST /login', failures: 15 },
    { route: 'GET /oauth/callback', failures: 7 },
  ],
  upstreams: [{ upstream: 'http://unix:/run/shop.sock', failures: 22 }],
  timeline: [{ at: at('14:03:00'), failures: 22 }],
  evidence: [
    evidence(
      'error',
      '14:03:01',
      'web-1/error.log:31',
      '2026/11/20 14:03:01 [error] 2977#2977: *91 upstream sent too big header while reading response header from upstream, client: 10.0.3.9, server: , request: "POST /login HTTP/1.1", upstream: "http://unix:/run/shop.sock:/login", host: "shop.example"',
    ),
  ],
  absent: [],
  symptoms: [],
  signals: [],
  fixes: [
    {
      title: 'Give NGINX room for the headers',
      why: 'The buffer is 4 or 8 kB unless set.',
      commands: ['proxy_buffer_size 16k;', 'proxy_buffers 8 16k;'],
      verify: ['curl -sI http://127.0.0.1/login | wc -c'],
    },
  ],
  docs: [],
});

/** Two causes on two hosts, one of them much larger. */
export const twoCauses = report({
  inputs: ['web-1', 'web-2'].flatMap((host) => [
    input(`${host}/access.log`, { host, lines: 2435, notes: ['badgateway'] }),
    input(`${host}/error.log`, { host, role: 'error', lines: 17, unparsed: 1 }),
    input(`${host}/gunicorn.log`, {
      host,
      role: 'gunicorn',
      lines: 212,
      notes: ['Gunicorn 23.0.0, sync, 4 workers'],
    }),
  ]),
  failures: 312,
  diagnoses: [diagnosis(), headerTooBig],
});

export const nothingWrong = report({ requests: { total: 4870, byStatus: { '200': 4870 } } });

export const unknownCause = report({
  inputs: [input('access.log', { lines: 4870, notes: ['combined'] })],
  failures: 19,
  diagnoses: [
    diagnosis({
      cause: 'unknown',
      title: 'Nothing in these logs explains the failures',
      severity: 'medium',
      mechanism: null,
      confidence: 'unexplained',
      failures: 19,
      firstSeen: at('23:58:00'),
      lastSeen: '2026-11-21T00:04:10.000Z',
      byStatus: { '502': 19 },
      hosts: [{ host: 'web-1', failures: 19 }],
      routes: [
        { route: 'GET /', failures: 10 },
        { route: 'GET /a', failures: 4 },
        { route: 'GET /b', failures: 1 },
        { route: 'GET /c', failures: 1 },
        { route: 'GET /d', failures: 1 },
        { route: 'GET /e', failures: 1 },
        { route: 'GET /f', failures: 1 },
      ],
      upstreams: [],
      timeline: [
        { at: at('23:58:00'), failures: 9 },
        { at: '2026-11-21T00:04:00.000Z', failures: 10 },
      ],
      evidence: [
        evidence(
          'access',
          '23:58:00',
          'access.log:4',
          '10.0.3.7 - - [20/Nov/2026:23:58:00 +0000] "GET / HTTP/1.1" 502 157 "-" "curl/8.5"',
        ),
      ],
      absent: ['no NGINX error log was given', 'no Gunicorn log was given'],
      symptoms: [],
      signals: [],
      fixes: [
        {
          title: 'Give the error log and the Gunicorn log of the same time',
          why: 'An access log says that a request failed, not why.',
          commands: ['badgateway diagnose access.log --error error.log --gunicorn gunicorn.log'],
          verify: [],
        },
      ],
      docs: [],
    }),
  ],
  window: { from: at('22:00:00'), to: '2026-11-21T01:00:00.000Z' },
  notes: ['No error log was given: what NGINX saw of the failures is not known.'],
  unparsed: {
    lines: 2,
    samples: [evidence('access', '23:58:00', 'access.log:17', '\\x16\\x03\\x01 not a log line')],
  },
});

export const withoutAccessLog = report({
  inputs: [input('/var/log/nginx/error.log', { role: 'error', lines: 40, host: 'localhost' })],
  requests: null,
  failures: 31,
  diagnoses: [
    diagnosis({
      cause: 'backend-not-listening',
      title: 'Nothing listens on 127.0.0.1:8000',
      severity: 'critical',
      mechanism: 'connection-refused',
      confidence: 'likely',
      failures: 31,
      byStatus: { '502': 31 },
      hosts: [{ host: 'localhost', failures: 31 }],
      routes: [{ route: 'GET /', failures: 31 }],
      timeline: [],
      evidence: [
        evidence(
          'error',
          '14:02:11',
          '/var/log/nginx/error.log:3',
          '2026/11/20 14:02:11 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "shop"',
        ),
      ],
      absent: [],
      symptoms: [],
      signals: [],
      fixes: [],
      docs: [],
    }),
  ],
});

export const retriedOnly = report({
  diagnoses: [
    diagnosis({
      cause: 'deploy-restart',
      title: 'Gunicorn was restarted while requests arrived',
      severity: 'low',
      failures: 0,
      retried: 42,
      truncated: 1,
      byStatus: {},
      hosts: [],
      routes: [],
      upstreams: [],
      timeline: [],
      evidence: [],
      absent: [],
      symptoms: [],
      signals: [],
      fixes: [],
      docs: [],
    }),
  ],
});

const HOSTILE =
  '\u001b]0;owned\u0007\u001b[2J\r\nEvery failure is explained.\u202e\u200b\u2028\u009b31m 中文 😀';

/** Every text that a stranger can reach holds what a terminal obeys. */
export const hostileTexts = report({
  inputs: [input(`logs/${HOSTILE}.log`, { host: HOSTILE, notes: [HOSTILE] })],
  failures: 290,
  diagnoses: [
    diagnosis({
      title: `The backend ${HOSTILE}`,
      hosts: [{ host: HOSTILE, failures: 290 }],
      routes: [{ route: `GET /${HOSTILE}`, failures: 290 }],
      upstreams: [{ upstream: HOSTILE, failures: 290 }],
      byStatus: { [HOSTILE]: 290 },
      evidence: [evidence('error', '14:02:11', `${HOSTILE}:3`, HOSTILE)],
      absent: [HOSTILE],
      fixes: [{ title: HOSTILE, why: HOSTILE, commands: [HOSTILE], verify: [HOSTILE] }],
      docs: [HOSTILE],
    }),
  ],
  notes: [HOSTILE],
  unparsed: { lines: 1, samples: [evidence('error', '14:02:11', 'error.log:9', HOSTILE)] },
});
