/** Gunicorn is alive and has no worker left for new requests. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import { askNginx, gunicornSetting, showListener, signalMaster, systemctl } from '../commands.ts';
import { keepStart, place, wholeSeconds, workerKind } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** New connections find the queue of the socket full. */
export const acceptQueueFull = defineCause({
  id: 'accept-queue-full',
  family: 'saturation',
  severity: 'high',
  title: (context) => `The queue of ${place(context, 'Gunicorn')} is full: all workers are busy`,
  meaning:
    'Connections wait in a queue of the kernel until a worker takes them, and that queue (`backlog`) is full because all workers are busy. On a unix socket NGINX is refused at once and answers 502; on TCP it waits until `proxy_connect_timeout` and answers 504. It is not a permission problem.',
  primary:
    '`connect() to unix:… failed (11: Resource temporarily unavailable) while connecting to upstream`; on TCP `upstream timed out (110: Connection timed out) while connecting to upstream` to an address that otherwise answers',
  corroboration:
    'Nothing in the Gunicorn log, since no worker sees the request. `ss -ltn` shows Recv-Q at or above Send-Q for the port; the kernel may log `Possible SYN flooding on port`.',
  toConfirm:
    'Run `ss -ltn` (or `ss -lx` for a unix socket) on the host while it happens: Recv-Q is how many wait, Send-Q how many may.',
  steps: (context) => [
    addWorker(context, showListener(context)),
    findSlowWork(context),
    sizeForGood(context),
    {
      title: 'Only then give the queue more room, on both sides of it',
      why: 'The kernel uses the smaller of backlog and net.core.somaxconn, so one alone does nothing; under a systemd socket unit, Backlog= of that unit counts instead. A longer queue bridges a short peak; for a steady overload it only turns 502s into longer waits.',
      commands: [
        ...gunicornSetting('backlog', '4096', '--backlog 4096'),
        "echo 'net.core.somaxconn = 4096' | sudo tee /etc/sysctl.d/90-gunicorn.conf",
        `sudo sysctl --system && ${systemctl(context, 'restart')}`,
      ],
      verify: ['sysctl net.core.somaxconn', showListener(context)],
    },
  ],
  docs: [LINKS.workers, LINKS.backlog, LINKS.design],
});

/** Requests are accepted by the kernel, but no worker becomes free in time. */
export const workersSaturated = defineCause({
  id: 'workers-saturated',
  family: 'saturation',
  severity: 'high',
  title: (context) => {
    const { workers } = context;
    const all = workers !== null && workers > 1 ? `All ${workers}` : 'All';
    const limit = context.proxyReadTimeoutSeconds;
    const wait = limit === null ? 'too long' : `over ${wholeSeconds(limit, 60)} s`;
    return `${all} Gunicorn workers are busy, so requests wait ${wait}`;
  },
  meaning:
    'NGINX could connect at once but got no answer in time, on many routes that have nothing to do with each other: the requests waited for a free worker. A sync worker serves one request at a time, so as many slow requests as there are workers stop all others.',
  primary:
    '`upstream timed out (110: Connection timed out) while reading response header from upstream` on many unrelated routes, with a connect time near 0',
  corroboration:
    'No `WORKER TIMEOUT`. All workers sit in long requests (`py-spy dump`). On Gunicorn 24.0.0 also `Unhandled signal: cld`: that version never replaces dead workers.',
  toConfirm:
    'Log `$upstream_connect_time` and `$upstream_response_time` in the access log; see what the workers do with `py-spy dump`; Gunicorn 24.1 and later report the queue with `--enable-backlog-metric`.',
  steps: (context) => [
    ...lostWorkers(context),
    addWorker(context, askNginx(context)),
    findSlowWork(context),
    sizeForGood(context),
  ],
  docs: [LINKS.design, LINKS.workers, LINKS.threads],
});

function addWorker(context: FixContext, verify: string): Fix {
  return {
    title: 'Add workers now, without a restart',
    why: 'Each TTIN signal makes Gunicorn start one worker more, until its next restart. Look at the free memory first, since every worker holds the whole application. (Gunicorn itself must be the main process of the unit, not a script around it.)',
    commands: ['free -m', signalMaster(context, 'TTIN')],
    verify: [verify, askNginx(context)].filter((line, at, lines) => lines.indexOf(line) === at),
  };
}

function findSlowWork(context: FixContext): Fix {
  const slow = context.routes.slice(0, 3).map((route) => keepStart(route, 50));
  const seen = slow.length === 0 ? '' : ` Most failures here: ${slow.join(', ')}.`;
  return {
    title: 'Find what keeps the workers busy',
    why: `py-spy (pip install py-spy) prints the line each worker is on, without stopping it. The same line in many workers is the slow query, lock or remote call.${seen}`,
    commands: ['pgrep -af gunicorn', 'sudo py-spy dump --pid PID'],
    verify: [],
  };
}

function sizeForGood(context: FixContext): Fix {
  const current = context.workers === null ? '' : ` Now there are ${context.workers}.`;
  const isThreaded = workerKind(context) === 'gthread';
  return {
    title: isThreaded
      ? 'Give Gunicorn enough workers and threads for good'
      : 'Give Gunicorn enough workers for good, or threads where it waits for others',
    why: `Twice the number of cores plus one is the usual start.${current} Threads help when requests wait for a database or another service; the application must be thread-safe. Requests that take seconds belong in a background job.`,
    commands: [
      'nproc',
      ...gunicornSetting('workers', 'WORKERS', '--workers WORKERS'),
      ...gunicornSetting(
        'threads',
        isThreaded ? '8' : '4',
        isThreaded ? '--threads 8' : '--threads 4',
      ),
      systemctl(context, 'restart'),
    ],
    verify: ['pgrep -cf gunicorn', askNginx(context)],
  };
}

function lostWorkers(context: FixContext): Fix[] {
  if (context.gunicornVersion !== '24.0.0') {
    return [];
  }
  return [
    {
      title: 'Restart Gunicorn, and leave version 24.0.0',
      why: 'Gunicorn 24.0.0 does not notice dead workers ("Unhandled signal: cld") and never replaces them, until none is left. 24.1.0 repairs it.',
      commands: [systemctl(context, 'restart')],
      verify: ['pgrep -cf gunicorn', askNginx(context)],
    },
  ];
}
