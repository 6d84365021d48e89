/** Why NGINX could not connect: what ended the backend, or kept it from starting. */
import { describe, expect, it } from 'vitest';
import {
  ARBITER,
  bootFailure,
  bootTrace,
  causesOf,
  diagnose,
  failed,
  gunicorn,
  oomKilled,
  REFUSED,
  start,
  system,
  systemd,
  UNIX,
  unit,
} from './logs.ts';

const GONE =
  'connect() to unix:/run/shop/gunicorn.sock failed (2: No such file or directory) while connecting to upstream';
const STALE =
  'connect() to unix:/run/shop/gunicorn.sock failed (111: Connection refused) while connecting to upstream';
const DENIED =
  'connect() to unix:/run/shop/gunicorn.sock failed (13: Permission denied) while connecting to upstream';
const DENIED_TCP =
  'connect() to 127.0.0.1:8000 failed (13: Permission denied) while connecting to upstream';

type Case = {
  readonly name: string;
  /** Seconds of the failures. */
  readonly at: readonly number[];
  readonly message?: string;
  readonly upstream?: string;
  readonly gunicorn?: readonly (string | readonly string[])[];
  readonly system?: readonly (string | readonly string[])[];
  readonly cause: string;
  readonly confidence?: string;
};

const TERM = [
  gunicorn(100, ARBITER, 'INFO', 'Handling signal: term'),
  gunicorn(100, 101, 'INFO', 'Worker exiting (pid: 101)'),
  gunicorn(100, ARBITER, 'INFO', 'Shutting down: Master'),
];

const UNIT_STOP = [
  systemd(100, 'Stopping shop.service - Shop...'),
  unit(100, 'Deactivated successfully.'),
  systemd(100, 'Stopped shop.service - Shop.'),
];

const CASES: readonly Case[] = [
  {
    name: 'nothing but NGINX’s word for TCP',
    at: [5],
    cause: 'backend-not-listening',
    confidence: 'likely',
  },
  {
    name: 'nothing but NGINX’s word for a missing socket',
    at: [5],
    message: GONE,
    upstream: UNIX,
    cause: 'socket-file-missing',
    confidence: 'likely',
  },
  {
    name: 'a socket file that nobody listens on',
    at: [5],
    message: STALE,
    upstream: UNIX,
    cause: 'stale-unix-socket',
    confidence: 'likely',
  },
  {
    name: 'a unit that is stopped and stays so',
    at: [102, 400],
    system: UNIT_STOP,
    cause: 'backend-not-listening',
    confidence: 'confirmed',
  },
  {
    name: 'a clean stop that removes the socket',
    at: [102, 400],
    message: GONE,
    upstream: UNIX,
    gunicorn: [...start(0, { at: 'unix:/run/shop/gunicorn.sock' }), ...TERM],
    cause: 'socket-file-missing',
    confidence: 'confirmed',
  },
  {
    name: 'a restart, by Gunicorn’s log',
    at: [100, 101, 103],
    gunicorn: [start(0), TERM, start(104)],
    cause: 'deploy-restart',
    confidence: 'confirmed',
  },
  {
    name: 'a restart, by systemd alone',
    at: [100, 101, 103],
    system: [...UNIT_STOP, systemd(104, 'Started shop.service - Shop.')],
    cause: 'deploy-restart',
    confidence: 'confirmed',
  },
  {
    name: 'a stop that timed out, and the restart after it',
    at: [192, 194],
    system: [
      systemd(100, 'Stopping shop.service - Shop...'),
      unit(190, "State 'stop-sigterm' timed out. Killing."),
      unit(190, 'Killing process 4671 (gunicorn) with signal SIGKILL.'),
      unit(190, 'Main process exited, code=killed, status=9/KILL'),
      unit(190, "Failed with result 'timeout'."),
      systemd(190, 'Stopped shop.service - Shop.'),
      systemd(195, 'Started shop.service - Shop.'),
    ],
    cause: 'deploy-restart',
    confidence: 'confirmed',
  },
  {
    name: 'a start that fails after a stop, by Gunicorn’s log with --preload',
    at: [101, 103, 110],
    gunicorn: [
      start(0),
      TERM,
      gunicorn(102, 200, 'INFO', 'Starting gunicorn 23.0.0'),
      bootTrace(103, 200),
      gunicorn(103, 200, 'ERROR', 'Reason: Worker failed to boot.'),
    ],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: 'an import error',
    at: [3, 60],
    gunicorn: [start(1), bootFailure(2)],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: 'an import error hours before anybody asked',
    at: [14_400],
    gunicorn: [start(1), bootFailure(2)],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: 'a failed boot long ago, before Gunicorn was seen at work again (loglevel error)',
    at: [14_400],
    gunicorn: [...bootTrace(2, 101), gunicorn(7_200, 301, 'ERROR', 'Error handling request /cart')],
    cause: 'backend-not-listening',
    confidence: 'likely',
  },
  {
    name: 'exit 3, only in the journal: a failed boot',
    at: [3],
    system: [
      systemd(0, 'Started shop.service - Shop.'),
      unit(1, 'Main process exited, code=exited, status=3/NOTIMPLEMENTED'),
      unit(1, "Failed with result 'exit-code'."),
    ],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: 'exit 4, only in the journal: no permission problem',
    at: [3],
    message: GONE,
    upstream: UNIX,
    system: [
      unit(1, 'Main process exited, code=exited, status=4/NOPERMISSION'),
      unit(1, "Failed with result 'exit-code'."),
    ],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: 'exit 3 over and over until systemd gives up',
    at: [3, 20],
    system: [
      unit(1, 'Main process exited, code=exited, status=3/NOTIMPLEMENTED'),
      unit(1, "Failed with result 'exit-code'."),
      unit(2, 'Scheduled restart job, restart counter is at 5.'),
      systemd(2, 'Stopped shop.service - Shop.'),
      unit(2, 'Start request repeated too quickly.'),
      unit(2, "Failed with result 'exit-code'."),
      systemd(2, 'Failed to start shop.service - Shop.'),
    ],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: 'a wrong option',
    at: [3],
    system: [
      unit(1, 'Main process exited, code=exited, status=2/INVALIDARGUMENT'),
      unit(1, "Failed with result 'exit-code'."),
    ],
    cause: 'app-boot-failure',
    confidence: 'confirmed',
  },
  {
    name: '203/EXEC',
    at: [3, 600],
    system: [
      system(
        1,
        '(gunicorn)[4671]',
        'shop.service: Failed to locate executable /srv/venv/bin/gunicorn: No such file or directory',
      ),
      system(
        1,
        '(gunicorn)[4671]',
        'shop.service: Failed at step EXEC spawning /srv/venv/bin/gunicorn: No such file or directory',
      ),
      unit(1, 'Main process exited, code=exited, status=203/EXEC'),
      unit(1, "Failed with result 'exit-code'."),
    ],
    cause: 'service-start-failure',
    confidence: 'confirmed',
  },
  {
    name: '203/EXEC over and over until systemd gives up',
    at: [20],
    system: [
      unit(1, 'Main process exited, code=exited, status=203/EXEC'),
      unit(1, "Failed with result 'exit-code'."),
      unit(2, 'Scheduled restart job, restart counter is at 5.'),
      unit(2, 'Start request repeated too quickly.'),
      unit(2, "Failed with result 'exit-code'."),
    ],
    cause: 'service-start-failure',
    confidence: 'confirmed',
  },
  {
    name: '203/EXEC after a stop',
    at: [101, 105],
    system: [
      ...UNIT_STOP,
      systemd(102, 'Started shop.service - Shop.'),
      unit(102, 'Main process exited, code=exited, status=203/EXEC'),
      unit(102, "Failed with result 'exit-code'."),
    ],
    cause: 'service-start-failure',
    confidence: 'confirmed',
  },
  {
    name: 'the start limit, with no word of what failed',
    at: [20],
    system: [
      unit(1, 'Main process exited, code=exited, status=1/FAILURE'),
      unit(1, "Failed with result 'exit-code'."),
      unit(2, 'Scheduled restart job, restart counter is at 5.'),
      unit(2, 'Start request repeated too quickly.'),
      unit(2, "Failed with result 'exit-code'."),
    ],
    cause: 'service-start-failure',
    confidence: 'confirmed',
  },
  {
    name: '255/EXCEPTION is Gunicorn’s own end, not systemd’s',
    at: [3],
    system: [
      unit(1, 'Main process exited, code=exited, status=255/EXCEPTION'),
      unit(1, "Failed with result 'exit-code'."),
    ],
    cause: 'backend-not-listening',
    confidence: 'confirmed',
  },
  {
    name: 'a port that is taken',
    at: [7, 60],
    gunicorn: [
      gunicorn(0, ARBITER, 'INFO', 'Starting gunicorn 22.0.0'),
      gunicorn(0, ARBITER, 'ERROR', "Connection in use: ('127.0.0.1', 8000)"),
      gunicorn(0, ARBITER, 'ERROR', 'Retrying in 1 second.'),
      gunicorn(5, ARBITER, 'ERROR', "Can't connect to ('127.0.0.1', 8000)"),
    ],
    cause: 'bind-failure',
    confidence: 'confirmed',
  },
  {
    name: 'a healthy Gunicorn on another port',
    at: [60],
    gunicorn: [start(0, { at: 'http://127.0.0.1:8001' })],
    cause: 'address-mismatch',
    confidence: 'confirmed',
  },
  {
    name: 'a new master (USR2) on another port, whose predecessor has gone',
    at: [7_200],
    gunicorn: [
      start(0),
      gunicorn(58, ARBITER, 'INFO', 'Handling signal: usr2'),
      gunicorn(59, 200, 'INFO', 'Starting gunicorn 23.0.0'),
      gunicorn(59, 200, 'INFO', 'Listening at: http://127.0.0.1:9000 (200)'),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: quit'),
      gunicorn(61, ARBITER, 'INFO', 'Shutting down: Master'),
    ],
    cause: 'address-mismatch',
    confidence: 'confirmed',
  },
  {
    name: 'a killed master whose workers notice',
    at: [62],
    message: STALE,
    upstream: UNIX,
    gunicorn: [
      start(0, { at: 'unix:/run/shop/gunicorn.sock' }),
      gunicorn(61, 101, 'INFO', 'Parent changed, shutting down: <Worker 101>'),
    ],
    cause: 'stale-unix-socket',
    confidence: 'confirmed',
  },
  {
    name: 'the kernel killed the master',
    at: [62, 200],
    message: STALE,
    upstream: UNIX,
    gunicorn: [
      start(0, { at: 'unix:/run/shop/gunicorn.sock' }),
      gunicorn(61, 101, 'INFO', 'Parent changed, shutting down: <Worker 101>'),
    ],
    system: [oomKilled(60, ARBITER)],
    cause: 'worker-oom',
    confidence: 'confirmed',
  },
  {
    name: 'the kernel killed the master, by the journal alone',
    at: [62, 400],
    system: [
      ...oomKilled(60, ARBITER),
      unit(60, 'A process of this unit has been killed by the OOM killer.'),
      unit(60, 'Main process exited, code=killed, status=9/KILL'),
      unit(60, "Failed with result 'oom-kill'."),
    ],
    cause: 'worker-oom',
    confidence: 'confirmed',
  },
  {
    name: 'the kernel killed something else',
    at: [62],
    message: STALE,
    upstream: UNIX,
    gunicorn: [
      start(0, { at: 'unix:/run/shop/gunicorn.sock' }),
      gunicorn(61, 101, 'INFO', 'Parent changed, shutting down: <Worker 101>'),
    ],
    system: [
      system(
        60,
        'kernel',
        'Out of memory: Killed process 900 (mysqld) total-vm:162412kB, anon-rss:144964kB, file-rss:0kB, shmem-rss:0kB, UID:27 pgtables:352kB oom_score_adj:0',
      ),
    ],
    cause: 'stale-unix-socket',
    confidence: 'confirmed',
  },
  {
    name: 'systemd stops the unit because a worker of it was killed for memory',
    at: [62, 63, 70],
    gunicorn: [
      start(0),
      gunicorn(60, ARBITER, 'ERROR', 'Worker (pid:101) was sent SIGKILL! Perhaps out of memory?'),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: term'),
      gunicorn(61, ARBITER, 'INFO', 'Shutting down: Master'),
    ],
    system: [
      ...oomKilled(60, 101),
      unit(60, 'A process of this unit has been killed by the OOM killer.'),
      unit(64, "Failed with result 'oom-kill'."),
    ],
    cause: 'worker-oom',
    confidence: 'confirmed',
  },
  {
    name: 'systemd stops the unit for memory, and starts it again',
    at: [62, 63],
    gunicorn: [
      start(0),
      gunicorn(60, ARBITER, 'INFO', 'Handling signal: term'),
      gunicorn(61, ARBITER, 'INFO', 'Shutting down: Master'),
      start(65),
    ],
    system: [
      ...oomKilled(60, 101),
      unit(60, 'A process of this unit has been killed by the OOM killer.'),
      unit(61, "Failed with result 'oom-kill'."),
      unit(64, 'Scheduled restart job, restart counter is at 1.'),
      systemd(64, 'Stopped shop.service - Shop.'),
      systemd(65, 'Started shop.service - Shop.'),
    ],
    cause: 'worker-oom',
    confidence: 'confirmed',
  },
  {
    name: 'SELinux denies the unix socket',
    at: [5],
    message: DENIED,
    upstream: UNIX,
    system: [
      'type=AVC msg=audit(1795176005.123:9): avc:  denied  { connectto } for  pid=77 comm="nginx" path="/run/shop/gunicorn.sock" scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:system_r:initrc_t:s0 tclass=unix_stream_socket permissive=0',
    ],
    cause: 'selinux-denied',
    confidence: 'confirmed',
  },
  {
    name: 'SELinux that only warns denies nothing',
    at: [5],
    message: DENIED,
    upstream: UNIX,
    system: [
      'type=AVC msg=audit(1795176005.123:9): avc:  denied  { connectto } for  pid=77 comm="nginx" path="/run/shop/gunicorn.sock" scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:system_r:initrc_t:s0 tclass=unix_stream_socket permissive=1',
    ],
    cause: 'socket-permission',
    confidence: 'likely',
  },
  {
    name: 'SELinux denies a TCP port',
    at: [5],
    message: DENIED_TCP,
    system: [
      'type=AVC msg=audit(1795176005.123:9): avc:  denied  { name_connect } for  pid=77 comm="nginx" dest=8000 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:soundd_port_t:s0 tclass=tcp_socket permissive=0',
    ],
    cause: 'selinux-denied',
    confidence: 'confirmed',
  },
  {
    name: 'only a mandatory access control denies TCP',
    at: [5],
    message: DENIED_TCP,
    cause: 'selinux-denied',
    confidence: 'likely',
  },
  {
    name: 'no source port left',
    at: [5],
    message:
      'connect() to 127.0.0.1:8000 failed (99: Cannot assign requested address) while connecting to upstream',
    cause: 'ephemeral-ports-exhausted',
    confidence: 'likely',
  },
];

describe('a backend that NGINX cannot connect to', () => {
  it.each(CASES)('$name', async (one) => {
    const visits = one.at.map((seconds) =>
      failed(seconds, 502, one.message ?? REFUSED, one.upstream ? { upstream: one.upstream } : {}),
    );
    const report = await diagnose(
      {
        'access.log': visits.map((visit) => visit.access),
        'error.log': visits.map((visit) => visit.error),
        ...(one.gunicorn ? { 'gunicorn.log': one.gunicorn } : {}),
        ...(one.system ? { 'system.log': one.system } : {}),
      },
      { roles: { 'system.log': 'system', 'gunicorn.log': 'gunicorn' } },
    );
    expect(causesOf(report)).toEqual({ [one.cause]: one.at.length });
    if (one.confidence) expect(report.diagnoses[0]?.confidence).toBe(one.confidence);
  });
});
