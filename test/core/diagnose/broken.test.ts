/** Why a connection ended under NGINX's hands: the order of D1, and the table of events and worker classes (B3). */
import { describe, expect, it } from 'vitest';
import {
  ARBITER,
  abortTrace,
  access,
  boot,
  bootFailure,
  bootTrace,
  CLOSED,
  causesOf,
  diagnose,
  error,
  failed,
  gunicorn,
  type Logs,
  oomKilled,
  REFUSED,
  RESET,
  reaped,
  SLOW,
  start,
  system,
  systemd,
  timeout,
  unit,
  type Visit,
} from './logs.ts';

type Seen = {
  readonly at: number;
  readonly status?: number;
  readonly message?: string | null;
  readonly visit?: Visit;
};

type Case = {
  readonly name: string;
  readonly seen: readonly Seen[];
  readonly gunicorn?: readonly (string | readonly string[])[];
  readonly system?: readonly (string | readonly string[])[];
  readonly causes: Readonly<Record<string, number>>;
  readonly confidence?: string;
};

function logsOf(one: Case): Logs {
  const visits = one.seen.map(({ at, status = 502, message = CLOSED, visit = {} }) =>
    message === null
      ? { access: access(at, status, visit), error: null }
      : failed(at, status, message, visit),
  );
  return {
    'access.log': visits.map((visit) => visit.access),
    'error.log': visits.flatMap((visit) => visit.error ?? []),
    ...(one.gunicorn ? { 'gunicorn.log': one.gunicorn } : {}),
    ...(one.system ? { 'system.log': one.system } : {}),
  };
}

async function check(one: Case): Promise<void> {
  const report = await diagnose(logsOf(one), {
    roles: {
      'system.log': 'system',
      'gunicorn.log': 'gunicorn',
      'error.log': 'error',
      'access.log': 'access',
    },
  });
  expect(causesOf(report)).toEqual(one.causes);
  if (one.confidence) expect(report.diagnoses[0]?.confidence).toBe(one.confidence);
}

const SIGKILL = 'was sent SIGKILL! Perhaps out of memory?';
const TERM = gunicorn(60, ARBITER, 'INFO', 'Handling signal: term');
const PDF: Visit = { request: 'GET /pdf/7 HTTP/1.1' };
const BODY_CUT = 'upstream prematurely closed connection while reading upstream';
const BAD_CHUNK = 'upstream sent invalid chunked response while reading upstream';

/** D1, from the first row to the last; each case has evidence of the rows below, too. */
const ORDER: readonly Case[] = [
  {
    name: '1: a stop within the graceful timeout before also explains the SIGKILL',
    seen: [{ at: 91 }],
    gunicorn: [start(0), TERM, reaped(91, 101, SIGKILL)],
    causes: { 'deploy-restart': 1 },
    confidence: 'confirmed',
  },
  {
    name: '1: a stop that only systemd tells of',
    seen: [{ at: 91 }],
    system: [systemd(60, 'Stopping shop.service - Shop...')],
    causes: { 'deploy-restart': 1 },
    confidence: 'confirmed',
  },
  {
    name: '1: requests that were queued when Gunicorn was told to stop',
    seen: [
      { at: 60, message: RESET },
      { at: 61, message: RESET },
    ],
    gunicorn: [start(0), TERM, gunicorn(61, ARBITER, 'INFO', 'Shutting down: Master')],
    causes: { 'deploy-restart': 2 },
  },
  {
    name: '1: a stop longer ago than the graceful timeout explains nothing',
    seen: [{ at: 130 }],
    gunicorn: [start(0), TERM, start(65)],
    causes: { 'worker-died-unknown': 1 },
  },
  {
    name: '1: a reload explains what it kills, and nothing else',
    seen: [{ at: 91 }],
    gunicorn: [
      start(0, { worker: 'gthread' }),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: hup'),
      gunicorn(60, ARBITER, 'INFO', 'Hang up: Master'),
      boot(60, 103),
      boot(60, 104),
      reaped(91, 101, SIGKILL),
    ],
    causes: { 'deploy-restart': 1 },
  },
  {
    name: '1: a new master beside the old one (USR2), which is then told to quit',
    seen: [{ at: 91 }],
    gunicorn: [
      start(0),
      gunicorn(58, ARBITER, 'INFO', 'Handling signal: usr2'),
      gunicorn(59, 200, 'INFO', 'Starting gunicorn 23.0.0'),
      gunicorn(59, 200, 'INFO', 'Listening at: http://127.0.0.1:8000 (200)'),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: term'),
      reaped(91, 101, SIGKILL),
      gunicorn(91, ARBITER, 'INFO', 'Shutting down: Master'),
    ],
    causes: { 'deploy-restart': 1 },
  },
  {
    name: '1: what the new workers do after a restart is not the restart’s doing',
    seen: [{ at: 80 }, { at: 94, visit: PDF }],
    gunicorn: [
      start(0),
      TERM,
      gunicorn(61, ARBITER, 'INFO', 'Shutting down: Master'),
      gunicorn(62, 200, 'INFO', 'Starting gunicorn 21.2.0'),
      gunicorn(62, 200, 'INFO', 'Listening at: http://127.0.0.1:8000 (200)'),
      gunicorn(62, 200, 'INFO', 'Using worker: sync'),
      boot(62, 201),
      boot(62, 202),
      gunicorn(80, 200, 'ERROR', 'Worker (pid:201) was sent SIGSEGV!'),
      boot(80, 203),
      gunicorn(94, 200, 'CRITICAL', 'WORKER TIMEOUT (pid:202)'),
      gunicorn(94, 200, 'ERROR', 'Worker (pid:202) exited with code 1'),
      boot(94, 204),
    ],
    causes: { 'worker-crash': 1, 'worker-timeout': 1 },
  },
  {
    name: '2: WORKER TIMEOUT before the SIGKILL of the same worker',
    seen: [{ at: 61 }],
    gunicorn: [start(0), timeout(60, 101), reaped(61, 101, SIGKILL), boot(61, 103)],
    causes: { 'worker-timeout': 1 },
    confidence: 'confirmed',
  },
  {
    name: '2: the kernel took another worker in the same second',
    seen: [{ at: 60 }, { at: 60, visit: PDF }],
    gunicorn: [
      start(0),
      timeout(60, 101),
      reaped(60, 101, 'exited with code 1'),
      reaped(60, 102, SIGKILL),
      boot(60, 103),
      boot(60, 104),
    ],
    system: [oomKilled(60, 102)],
    causes: { 'worker-oom': 1, 'worker-timeout': 1 },
  },
  {
    name: '5: of two workers that die in one second, each breaks its own request',
    seen: [{ at: 60 }, { at: 60, visit: PDF }],
    gunicorn: [
      start(0, { worker: 'gthread' }),
      timeout(60, 101),
      reaped(60, 101, SIGKILL),
      reaped(60, 102, 'was sent SIGSEGV!'),
      boot(60, 103),
      boot(60, 104),
    ],
    causes: { 'worker-crash': 1, 'worker-timeout': 1 },
  },
  {
    name: '3: the kernel’s word about the same pid',
    seen: [{ at: 60 }],
    gunicorn: [start(0), reaped(60, 101, SIGKILL), boot(60, 103)],
    system: [oomKilled(60, 101)],
    causes: { 'worker-oom': 1 },
    confidence: 'confirmed',
  },
  {
    name: '3: in a container the pids differ',
    seen: [{ at: 60 }],
    gunicorn: [start(0, { pids: [8, 9] }), reaped(60, 8, SIGKILL), boot(60, 10)],
    system: [oomKilled(60, 40_321)],
    causes: { 'worker-oom': 1 },
    confidence: 'confirmed',
  },
  {
    name: '3: one kill that the kernel, systemd and Gunicorn tell of explains one failure',
    seen: [{ at: 60 }, { at: 61, visit: PDF }],
    gunicorn: [start(0), reaped(60, 101, SIGKILL), boot(60, 103)],
    system: [
      oomKilled(60, 101),
      unit(60, 'A process of this unit has been killed by the OOM killer.'),
    ],
    causes: { 'worker-died-unknown': 1, 'worker-oom': 1 },
  },
  {
    name: '3: systemd’s word alone, for a SIGKILL of unknown origin',
    seen: [{ at: 60 }],
    gunicorn: [start(0), reaped(60, 101, SIGKILL), boot(60, 103)],
    system: [unit(60, 'A process of this unit has been killed by the OOM killer.')],
    causes: { 'worker-oom': 1 },
  },
  {
    name: '3: requests cut short because systemd then stops the whole unit',
    seen: [{ at: 60 }, { at: 62, message: RESET, visit: PDF }, { at: 64, message: REFUSED }],
    gunicorn: [
      start(0),
      reaped(60, 101, SIGKILL),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: term'),
      gunicorn(62, ARBITER, 'INFO', 'Shutting down: Master'),
    ],
    system: [
      oomKilled(60, 101),
      unit(60, 'A process of this unit has been killed by the OOM killer.'),
      unit(63, "Failed with result 'oom-kill'."),
    ],
    causes: { 'worker-oom': 3 },
  },
  {
    name: '4: SIGKILL and nothing else',
    seen: [{ at: 60 }],
    gunicorn: [start(0), reaped(60, 101, SIGKILL), boot(60, 103)],
    causes: { 'worker-killed': 1 },
  },
  {
    name: '4: the kernel killed another program',
    seen: [{ at: 60 }],
    gunicorn: [start(0), reaped(60, 101, SIGKILL), boot(60, 103)],
    system: [
      system(
        60,
        'kernel',
        'Out of memory: Killed process 900 (mysqld) total-vm:162412kB, anon-rss:144964kB, file-rss:0kB, shmem-rss:0kB, UID:27 pgtables:352kB oom_score_adj:0',
      ),
    ],
    causes: { 'worker-killed': 1 },
  },
  {
    name: '5: a segmentation fault, by Gunicorn',
    seen: [{ at: 60 }],
    gunicorn: [start(0), reaped(60, 101, 'was sent SIGSEGV!'), boot(60, 103)],
    causes: { 'worker-crash': 1 },
  },
  {
    name: '5: a segmentation fault, by the kernel alone',
    seen: [{ at: 60 }],
    system: [
      system(
        60,
        'kernel',
        'gunicorn[101]: segfault at 0 ip 00007f2a1c0b2 sp 00007ffe error 4 in libfoo.so.1[7f2a1c000+1000]',
      ),
    ],
    causes: { 'worker-crash': 1 },
    confidence: 'confirmed',
  },
  {
    name: '5: out of file descriptors',
    seen: [{ at: 60 }],
    gunicorn: [
      start(0, { worker: 'gthread', version: '26.1.0' }),
      gunicorn(60, 101, 'ERROR', 'Exception in worker process'),
      'Traceback (most recent call last):',
      '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/workers/gthread.py", line 120, in run',
      '    sock, client = listener.accept()',
      'OSError: [Errno 24] Too many open files',
      gunicorn(60, 101, 'INFO', 'Worker exiting (pid: 101)'),
      reaped(60, 101, 'exited with code 255.'),
    ],
    causes: { 'gunicorn-fd-exhausted': 1 },
  },
  {
    name: '6: a worker with threads that recycles itself',
    seen: [{ at: 60, message: RESET, visit: { request: 'POST /orders HTTP/1.1' } }],
    gunicorn: [
      start(0, { worker: 'gthread' }),
      gunicorn(60, 101, 'INFO', 'Autorestarting worker after current request.'),
      gunicorn(60, 101, 'INFO', 'Worker exiting (pid: 101)'),
      boot(60, 103),
    ],
    causes: { 'keepalive-race': 1 },
  },
  {
    name: '7: a new worker that nothing explains',
    seen: [{ at: 60 }],
    gunicorn: [start(0), boot(60, 103)],
    causes: { 'worker-crash': 1 },
  },
  {
    name: '8: nothing',
    seen: [{ at: 60 }],
    causes: { 'worker-died-unknown': 1 },
    confidence: 'likely',
  },
];

/** Table B3, row by row. */
const EVENTS: readonly Case[] = [
  {
    name: 'a timeout, sync up to 20.1',
    seen: [{ at: 60 }],
    gunicorn: [
      start(0, { version: '20.1.0' }),
      timeout(60, 101),
      gunicorn(60, 101, 'INFO', 'Worker exiting (pid: 101)'),
      boot(60, 103),
    ],
    causes: { 'worker-timeout': 1 },
  },
  {
    name: 'a timeout, sync 21: exited with code 1, twice',
    seen: [{ at: 60 }],
    gunicorn: [
      start(0, { version: '21.2.0' }),
      timeout(60, 101),
      gunicorn(60, 101, 'INFO', 'Worker exiting (pid: 101)'),
      reaped(60, 101, 'exited with code 1'),
      reaped(60, 101, 'exited with code 1.'),
      boot(60, 103),
    ],
    causes: { 'worker-timeout': 1 },
  },
  {
    name: 'a timeout, sync from 22 on: status 500 and no error line',
    seen: [{ at: 60, status: 500, message: null, visit: PDF }],
    gunicorn: [
      start(0, { version: '22.0.0' }),
      timeout(60, 101),
      abortTrace(60, 101, '/pdf/7'),
      boot(61, 103),
    ],
    causes: { 'worker-timeout': 1 },
    confidence: 'confirmed',
  },
  {
    name: 'a timeout, sync from 25.2 on: the method is told, too',
    seen: [
      { at: 60, status: 500, message: null, visit: PDF },
      { at: 60, status: 500, message: null },
    ],
    gunicorn: [
      start(0, { version: '26.1.0' }),
      timeout(60, 101),
      abortTrace(60, 101, 'GET /pdf/7'),
      boot(61, 103),
    ],
    causes: { 'worker-timeout': 1 },
  },
  {
    name: 'a 500 of the application is no gateway failure',
    seen: [{ at: 60, status: 500, message: null, visit: PDF }],
    gunicorn: [
      start(0),
      gunicorn(60, 101, 'ERROR', 'Error handling request /pdf/7'),
      'Traceback (most recent call last):',
      '  File "/srv/shop/views.py", line 61, in build_pdf',
      '    1 / 0',
      'ZeroDivisionError: division by zero',
    ],
    causes: {},
  },
  {
    name: 'an idle connection that timed out broke nothing',
    seen: [{ at: 60 }],
    gunicorn: [start(0), timeout(60, 101), abortTrace(60, 101, '(no URI read)')],
    causes: { 'worker-died-unknown': 1 },
  },
  {
    name: 'a timeout that stays in C code, 20.1: terminated due to signal 9',
    seen: [{ at: 61 }],
    gunicorn: [
      start(0, { version: '20.1.0' }),
      timeout(60, 101),
      gunicorn(61, ARBITER, 'WARNING', 'Worker with pid 101 was terminated due to signal 9'),
      boot(61, 103),
    ],
    causes: { 'worker-timeout': 1 },
  },
  {
    name: 'a slow request in a thread: NGINX gives up',
    seen: [{ at: 60, status: 504, message: SLOW }],
    gunicorn: [start(0, { worker: 'gthread' })],
    causes: { 'upstream-read-timeout': 1 },
  },
  {
    name: 'the interpreter’s lock held past the timeout: all requests of the worker break',
    seen: [{ at: 61 }, { at: 61, visit: PDF }, { at: 61, visit: { request: 'GET /a HTTP/1.1' } }],
    gunicorn: [
      start(0, { worker: 'gthread' }),
      timeout(60, 101),
      reaped(61, 101, SIGKILL),
      boot(61, 103),
    ],
    causes: { 'worker-timeout': 3 },
  },
  {
    name: 'a blocked event loop, uvicorn: SIGABRT of the same worker',
    seen: [{ at: 60 }, { at: 60, visit: PDF }],
    gunicorn: [
      start(0, { worker: 'uvicorn.workers.UvicornWorker' }),
      timeout(60, 101),
      reaped(60, 101, 'was sent SIGABRT!'),
      boot(60, 103),
    ],
    causes: { 'worker-timeout': 2 },
  },
  {
    name: 'an import that hangs, 22 and newer: nothing but timeouts',
    seen: [{ at: 70, status: 504, message: SLOW }],
    gunicorn: [start(0)],
    causes: { 'upstream-read-timeout': 1 },
  },
  {
    name: 'SIGKILL, 20.1',
    seen: [{ at: 60 }],
    gunicorn: [
      start(0, { version: '20.1.0' }),
      gunicorn(60, ARBITER, 'WARNING', 'Worker with pid 101 was terminated due to signal 9'),
      boot(60, 103),
    ],
    causes: { 'worker-killed': 1 },
  },
  {
    name: 'SIGSEGV, 20.1',
    seen: [{ at: 60 }],
    gunicorn: [
      start(0, { version: '20.1.0' }),
      gunicorn(60, ARBITER, 'WARNING', 'Worker with pid 101 was terminated due to signal 11'),
      boot(60, 103),
    ],
    causes: { 'worker-crash': 1 },
  },
  {
    name: 'a reload in 20.1 terminates workers by signal 15, which broke nothing',
    seen: [{ at: 62 }],
    gunicorn: [
      start(0, { version: '20.1.0' }),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: hup'),
      gunicorn(60, ARBITER, 'WARNING', 'Worker with pid 101 was terminated due to signal 15'),
      boot(60, 103),
      boot(60, 104),
    ],
    causes: { 'worker-died-unknown': 1 },
  },
  {
    name: 'os._exit(7), 21 and newer',
    seen: [{ at: 60 }],
    gunicorn: [
      start(0, { version: '24.1.0' }),
      reaped(60, 101, 'exited with code 7.'),
      boot(60, 103),
    ],
    causes: { 'worker-crash': 1 },
  },
  {
    name: 'a worker killed in 24.0.0, whose WORKER TIMEOUT comes half a minute later',
    seen: [{ at: 60 }, { at: 150, status: 504, message: SLOW }],
    gunicorn: [
      start(0, { version: '24.0.0', pids: [101] }),
      gunicorn(60, ARBITER, 'ERROR', 'Unhandled signal: cld'),
      timeout(91, 101),
      timeout(92, 101),
    ],
    causes: { 'upstream-read-timeout': 1, 'worker-died-unknown': 1 },
  },
  {
    name: 'a reload into a broken application',
    seen: [
      { at: 60, message: RESET },
      { at: 62, message: REFUSED },
      { at: 300, message: REFUSED },
    ],
    gunicorn: [
      start(0),
      gunicorn(59, ARBITER, 'INFO', 'Handling signal: hup'),
      gunicorn(59, ARBITER, 'INFO', 'Hang up: Master'),
      boot(60, 103),
      bootFailure(60, 103),
    ],
    causes: { 'app-boot-failure': 3 },
  },
  {
    name: 'a reload into a broken application, 26.2: HaltServer escapes',
    seen: [{ at: 63, message: REFUSED }],
    gunicorn: [
      start(0, { version: '26.2.0' }),
      gunicorn(60, ARBITER, 'INFO', 'Hang up: Master'),
      bootTrace(60, 103),
      bootTrace(60, 104),
      'Traceback (most recent call last):',
      '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/arbiter.py", line 208, in run',
      '    self.manage_workers()',
      '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/arbiter.py", line 300, in reap_workers',
      '    raise HaltServer(reason, self.WORKER_BOOT_ERROR)',
      "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
    ],
    causes: { 'app-boot-failure': 1 },
  },
  {
    name: 'an application that does not read an upload',
    seen: [
      {
        at: 60,
        message:
          'writev() failed (104: Connection reset by peer) while sending request to upstream',
        visit: { request: 'POST /upload HTTP/1.1' },
      },
    ],
    gunicorn: [start(0)],
    causes: { 'request-body-unread': 1 },
  },
  {
    name: 'headers too big',
    seen: [
      {
        at: 60,
        message: 'upstream sent too big header while reading response header from upstream',
      },
    ],
    causes: { 'upstream-header-too-big': 1 },
  },
  {
    name: 'Content-Length twice',
    seen: [
      {
        at: 60,
        message:
          'upstream sent duplicate header line: "Content-Length: 2", previous value: "Content-Length: 2" while reading response header from upstream',
      },
    ],
    causes: { 'invalid-response': 1 },
  },
  {
    name: 'a full accept queue on a unix socket',
    seen: [
      {
        at: 60,
        message:
          'connect() to unix:/run/shop/gunicorn.sock failed (11: Resource temporarily unavailable) while connecting to upstream',
      },
    ],
    causes: { 'accept-queue-full': 1 },
  },
  {
    name: 'a full accept queue on TCP',
    seen: [
      {
        at: 60,
        status: 504,
        message: 'upstream timed out (110: Connection timed out) while connecting to upstream',
      },
    ],
    causes: { 'accept-queue-full': 1 },
  },
];

describe('the order in which evidence explains a closed connection', () => {
  it.each(ORDER)('$name', check);
});

describe('what each event looks like by version and worker class', () => {
  it.each(EVENTS)('$name', check);
});

describe('a TLS handshake that fails', () => {
  it.each([
    ['peer closed connection in SSL handshake', 502, 'tls-to-plain-backend'],
    [
      'SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number)',
      502,
      'tls-to-plain-backend',
    ],
    ['upstream timed out (110: Connection timed out)', 504, 'tls-to-plain-backend'],
    [
      'upstream SSL certificate verify error: (18:self-signed certificate)',
      502,
      'tls-handshake-failed',
    ],
    [
      'SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40)',
      502,
      'tls-handshake-failed',
    ],
  ])('%s (%i), beside a plain Gunicorn whose worker times out', async (message, status, cause) => {
    const visit = failed(60, status, `${message} while SSL handshaking to upstream`, {
      upstream: 'https://127.0.0.1:8000',
    });
    const report = await diagnose({
      'access.log': [visit.access],
      'error.log': [visit.error],
      'gunicorn.log': [...start(0, { version: '21.2.0' }), timeout(60, 101), boot(61, 103)],
    });
    expect(causesOf(report)).toEqual({ [cause]: 1 });
  });
});

describe('a response that was cut after its headers', () => {
  it.each([
    {
      name: 'a timeout, sync up to 21',
      message: BODY_CUT,
      worker: [timeout(60, 101)],
      cause: 'worker-timeout',
    },
    {
      name: 'a timeout, sync from 22 on: the 500 stands in the chunked body',
      message: BAD_CHUNK,
      worker: [timeout(60, 101), abortTrace(60, 101, '/cart')],
      cause: 'worker-timeout',
    },
    {
      name: 'SIGKILL',
      message: BODY_CUT,
      worker: [reaped(60, 101, SIGKILL)],
      cause: 'worker-killed',
    },
    {
      name: 'an exception after the headers',
      message: BODY_CUT,
      worker: [
        gunicorn(60, 101, 'ERROR', 'Error handling request'),
        'Traceback (most recent call last):',
        '  File "/srv/shop/views.py", line 61, in rows',
        '    yield 1 / 0',
        'ZeroDivisionError: division by zero',
      ],
      cause: 'premature-body-close',
    },
    { name: 'nothing', message: BODY_CUT, worker: [], cause: 'premature-body-close' },
  ])('$name', async ({ message, worker, cause }) => {
    const report = await diagnose({
      'access.log': [access(0, 200), access(60, 200)],
      'error.log': [error(60, message)],
      'gunicorn.log': [...start(0), ...worker],
    });
    expect(report.failures).toBe(0);
    expect(report.diagnoses.map(({ cause: name, truncated }) => [name, truncated])).toEqual([
      [cause, 1],
    ]);
  });
});
