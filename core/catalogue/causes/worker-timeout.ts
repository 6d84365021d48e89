import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askRoute,
  gunicornSetting,
  nginxSettings,
  RELOAD_NGINX,
  systemctl,
  unitWord,
} from '../commands.ts';
import { frameWords, isGunicornFrom, onlyRoute, wholeSeconds, workerKind } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** Gunicorn's master aborted a worker that was silent for `--timeout`. */
export const workerTimeout = defineCause({
  id: 'worker-timeout',
  family: 'worker-death',
  severity: 'high',
  title: (context) => {
    const kind = workerKind(context);
    const what = kind === 'gthread' || kind === 'loop' ? 'were stuck for' : 'took longer than';
    const limit = context.timeoutSeconds;
    const time = limit === null ? '--timeout' : `${wholeSeconds(limit, 30)} s`;
    return `Gunicorn killed workers that ${what} ${time}`;
  },
  meaning:
    "Gunicorn's master kills a worker that has not reported back for `--timeout` (30 s unless set). A sync worker reports only between requests, so one slow request is enough; gthread and async workers are killed only when the whole process is stuck. The client sees 502, but since Gunicorn 22 a sync worker that can still react answers 500 itself, and NGINX logs nothing.",
  primary:
    '`upstream prematurely closed connection while reading response header from upstream`; since Gunicorn 22 with sync workers mostly no line at all, and status 500; in the middle of a response `upstream sent invalid chunked response` or `upstream sent more data than specified in "Content-Length" header`',
  corroboration:
    '`WORKER TIMEOUT (pid:…)` in the Gunicorn log in the same seconds; since 22 also `Error handling request …` with a traceback that ends in `handle_abort` and `SystemExit: 1`. `was sent SIGKILL! Perhaps out of memory?`, `SIGABRT!` or `exited with code 1` for the same pid belong to it: not memory, not a crash.',
  toConfirm:
    'Give the Gunicorn log (`--gunicorn`). Without it, requests that all end between `--timeout` and two seconds more are the sign.',
  steps: (context) => [
    moreTime(context),
    takeOutSlowWork(context),
    ...otherWorkers(context),
    heartbeat(context),
  ],
  docs: [LINKS.timeout, LINKS.proxyReadTimeout, LINKS.faq],
});

function moreTime(context: FixContext): Fix {
  const kind = workerKind(context);
  const isStuck = kind === 'gthread' || kind === 'loop';
  const limit = wholeSeconds(context.timeoutSeconds, 30);
  const gunicorn = limit <= 60 ? 3 * limit : limit + 60;
  const nginx = gunicorn + 10;
  const seen =
    isStuck || isGunicornFrom(context, 22) === false
      ? ''
      : ' Since Gunicorn 22 a request that runs into --timeout ends with 500 and without any NGINX line; before, with 502.';
  return {
    title: `Until it is repaired, give ${onlyRoute(context, 'the slow routes')} more time, on both sides`,
    why: `NGINX must wait a little longer than Gunicorn: with --timeout above proxy_read_timeout (60 s unless set) NGINX gives up first and the failure becomes a 504.${seen} ${
      isStuck
        ? 'More time only hides that the whole worker stands still.'
        : 'Each slow request keeps its worker from all others meanwhile. The restart ends requests that are running.'
    }`,
    commands: [
      ...gunicornSetting('timeout', String(gunicorn), `--timeout ${gunicorn}`),
      ...nginxSettings('in the location of the slow route', [`proxy_read_timeout ${nginx}s;`]),
      RELOAD_NGINX,
      systemctl(context, 'restart'),
    ],
    verify: [askRoute(context)],
  };
}

function takeOutSlowWork(context: FixContext): Fix {
  const frame = frameWords(context.frame);
  const limit =
    context.timeoutSeconds === null ? '--timeout' : `${wholeSeconds(context.timeoutSeconds, 30)} s`;
  const before =
    isGunicornFrom(context, 22) === false
      ? 'This Gunicorn does not log what the worker was doing: py-spy prints it while a request hangs.'
      : 'In the Gunicorn log, the traceback after WORKER TIMEOUT shows it: the frame above handle_abort. If there is none, py-spy prints it while a request hangs.';
  const memory =
    'A line "Perhaps out of memory?" for the same pid is the kill by Gunicorn itself, not memory.';
  return {
    title:
      frame === null
        ? 'Find the slow work and take it out of the request'
        : `Take the slow work out of the request: ${frame} ran past ${limit}`,
    why: `${frame === null ? before : 'Put it into a background job, or give that query or remote call a timeout of its own.'} ${memory}`,
    commands: [
      `sudo journalctl -u ${unitWord(context)} --since '2 hours ago' --no-pager | grep -A 40 'WORKER TIMEOUT'`,
      ...(frame === null ? ['sudo py-spy dump --pid PID'] : []),
    ],
    verify: [askRoute(context)],
  };
}

function otherWorkers(context: FixContext): Fix[] {
  const kind = workerKind(context);
  if (kind === 'loop') {
    return [
      {
        title: 'Keep blocking calls out of the event loop',
        why: `A ${context.workerClass} worker is killed only when its loop stands still: a blocking driver, a long computation or a sleep in async code. Move it into a thread (asyncio.to_thread) or a background job.`,
        commands: [],
        verify: [],
      },
    ];
  }
  if (kind === 'gthread') {
    return [
      {
        title: 'Find what holds all threads of the worker at once',
        why: 'A gthread worker is never killed for one slow request. When it is, code in C held the interpreter lock for the whole time: a large regular expression, a hash, a native library.',
        commands: ['sudo py-spy dump --native --pid PID'],
        verify: [],
      },
    ];
  }
  return [
    {
      title: 'Where requests wait for others, use threads',
      why: 'A gthread worker goes on reporting while one of its requests waits, so it is never killed for one slow request; proxy_read_timeout is then the only limit (504). The application must be thread-safe.',
      commands: [
        ...gunicornSetting('worker_class', '"gthread"', '--worker-class gthread --threads 4'),
        'threads = 4',
        systemctl(context, 'restart'),
      ],
      verify: [],
    },
  ];
}

function heartbeat(context: FixContext): Fix {
  return {
    title: 'If fast requests are hit too, keep the heartbeat file in memory',
    why: 'Workers report through a file in /tmp. On a slow or stalled disk a healthy worker seems silent.',
    commands: [
      ...gunicornSetting('worker_tmp_dir', '"/dev/shm"', '--worker-tmp-dir /dev/shm'),
      systemctl(context, 'restart'),
    ],
    verify: ['df -h /dev/shm'],
  };
}
