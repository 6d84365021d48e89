/** A worker died, or was killed, with requests in its hands. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askNginx,
  gunicornSetting,
  journal,
  KERNEL_KILLS,
  pidWord,
  signalMaster,
  systemctl,
  unitSettings,
  unitWord,
} from '../commands.ts';
import { frameWords, isGunicornFrom, memoryWords, service } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** The kernel (or systemd-oomd, or Kubernetes) killed it for memory. */
export const workerOom = defineCause({
  id: 'worker-oom',
  family: 'worker-death',
  severity: 'critical',
  title: (context) =>
    context.memoryKb === null
      ? 'Memory ran out and Gunicorn workers were killed'
      : `Memory ran out: a Gunicorn process that used ${memoryWords(context.memoryKb)} was killed`,
  meaning:
    'The kernel, systemd-oomd or Kubernetes killed Gunicorn because the host, container or unit ran out of memory. Requests in that worker end in a 502; when the master dies, or systemd stops the whole unit (`OOMPolicy=stop`, its default), nobody answers afterwards.',
  primary:
    '`upstream prematurely closed connection while reading response header from upstream`, or `recv() failed (104: Connection reset by peer)`; after that `connect() failed (111: …)` if the unit was stopped',
  corroboration:
    "In the kernel log `Out of memory: Killed process … (gunicorn)` or `Memory cgroup out of memory`; in the journal `A process of this unit has been killed by the OOM killer.`; in Kubernetes `OOMKilled`. Gunicorn's own `was sent SIGKILL! Perhaps out of memory?` is only a guess.",
  toConfirm:
    'Give the kernel log (`journalctl -k`) with `--system`; for containers that of the host.',
  steps: (context) => [
    {
      title: 'Make sure it runs, with fewer workers until the cause is known',
      why: 'systemd may have stopped the whole unit; start does nothing if it runs. Each TTOU signal takes one worker away without a restart, and with it one copy of the application.',
      commands: ['free -m', systemctl(context, 'start'), signalMaster(context, 'TTOU')],
      verify: [systemctl(context, 'status'), askNginx(context)],
    },
    {
      title: 'See who used the memory, and who set the limit',
      why: memoryAdvice(context),
      commands: [
        KERNEL_KILLS,
        'ps -eo pid,rss,etime,args --sort=-rss | head -n 15',
        `systemctl show -p MemoryCurrent -p MemoryMax -p OOMPolicy ${unitWord(context)}`,
      ],
      verify: [],
    },
    {
      title: 'Let one killed worker not take the others with it',
      why: 'With OOMPolicy=continue the master replaces the killed worker; by default systemd stops the whole unit.',
      commands: [
        ...unitSettings(context, ['OOMPolicy=continue', 'Restart=on-failure']),
        systemctl(context, 'restart'),
      ],
      verify: [`systemctl show -p OOMPolicy -p Restart ${unitWord(context)}`],
    },
    {
      title: 'Keep the workers small: recycle them, share the code, find the leak',
      why: 'max_requests bounds a slow leak (jitter keeps workers from restarting together); preload_app shares the memory of the code, but connections must then be opened after the fork. A sudden jump is mostly one request that loads too much at once.',
      commands: [
        ...gunicornSetting('max_requests', '1000', '--max-requests 1000'),
        'max_requests_jitter = 100',
        ...gunicornSetting('preload_app', 'True', '--preload'),
        systemctl(context, 'restart'),
      ],
      verify: ['ps -eo pid,rss,etime,args --sort=-rss | head -n 15'],
    },
  ],
  docs: [LINKS.faq, LINKS.maxRequests, LINKS.preloadApp],
});

/** SIGKILL, and nobody says from whom. */
export const workerKilled = defineCause({
  id: 'worker-killed',
  family: 'worker-death',
  severity: 'high',
  title: () => 'Something killed Gunicorn workers with SIGKILL, and no log says what',
  meaning:
    'A worker got SIGKILL in the middle of a request. Gunicorn did not send it (there is no `WORKER TIMEOUT` and no stop before it), and the logs given have no out-of-memory kill. What is left: memory limits in a log that was not given, a container runtime, a monitoring script, a person.',
  primary: '`upstream prematurely closed connection while reading response header from upstream`',
  corroboration:
    '`Worker (pid:…) was sent SIGKILL! Perhaps out of memory?` (its second half is a guess of Gunicorn), or `Worker with pid … was terminated due to signal 9` in 20.1.',
  toConfirm:
    'Give the kernel log and journal (`--system`), for containers those of the host: an out-of-memory kill is the most frequent answer.',
  steps: (context) => [
    {
      title: 'Rule out memory first',
      why: 'Out of memory is the usual killer, and only the kernel log of the host proves it: a container does not see it. systemd-oomd logs under its own unit.',
      commands: [
        KERNEL_KILLS,
        "sudo journalctl -u systemd-oomd --since '2 hours ago' --no-pager",
        'free -m',
      ],
      verify: [systemctl(context, 'status'), askNginx(context)],
    },
    {
      title: 'In Kubernetes or Docker, ask the runtime',
      why: 'OOMKilled, exit code 137, a failed liveness probe or an eviction all arrive as SIGKILL.',
      commands: ['kubectl describe pod POD', 'kubectl get events --sort-by=.lastTimestamp'],
      verify: [],
    },
    {
      title: 'Otherwise let the kernel record who sends it',
      why: 'The audit rule writes down sender and target of each SIGKILL until the next reboot. Look for scripts and cron jobs that kill by name, too.',
      commands: [
        'sudo auditctl -a always,exit -F arch=b64 -S kill -F a1=9 -k who-kills',
        'sudo ausearch -k who-kills -i',
      ],
      verify: ['sudo auditctl -l'],
    },
  ],
  docs: [LINKS.faq],
});

/** It crashed, or ended itself. */
export const workerCrash = defineCause({
  id: 'worker-crash',
  family: 'worker-death',
  severity: 'high',
  title: (context) =>
    hasRaised(context)
      ? `The application let an error through that made Gunicorn drop requests (${context.exception})`
      : `Gunicorn workers ${hasExited(context) ? 'ended by themselves' : 'crashed'} in the middle of requests${reasonWords(context)}`,
  meaning:
    'The process of a worker ended in the middle of a request: a crash in native code (segmentation fault, abort), a call of `os._exit` or `sys.exit`, or an error in the main loop of the worker. Gunicorn starts a new worker, so only the requests of that one are lost. An `OSError` that a view lets through (a refused database connection is one) ends the same for the client: Gunicorn takes it for its own socket and closes the connection.',
  primary:
    '`upstream prematurely closed connection while reading response header from upstream`, or `recv() failed (104: Connection reset by peer)`',
  corroboration:
    '`was sent SIGSEGV!` or `SIGABRT!` without a `WORKER TIMEOUT`, `exited with code …`, `segfault at …` in the kernel log, or a `Booting worker` without any exit before it (`os._exit(0)` leaves no other trace). `Socket error processing request.` with the traceback of the view.',
  toConfirm:
    'Give the Gunicorn log and the kernel log; Gunicorn up to 20.0 does not log such deaths at all.',
  steps: (context) => [
    ...(hasRaised(context) ? [handleError(context)] : []),
    {
      title: 'If it began with a deploy or an upgrade, go back',
      why: 'Crashes in native code mostly come with a new version of a package (numpy, lxml, database drivers, gRPC) or of Python.',
      commands: [systemctl(context, 'restart')],
      verify: [systemctl(context, 'status'), askNginx(context)],
    },
    ...(hasExited(context) ? [findExit(context)] : [findCrash(context), traceCrash(context)]),
    {
      title: 'Pin or upgrade that library, and open connections after the fork',
      why: 'With --preload, libraries that start threads or open connections while the application is imported break in the workers: open them in post_fork.',
      commands: [],
      verify: [askNginx(context)],
    },
  ],
  docs: [LINKS.faq, LINKS.preloadApp],
});

/** The connection closed and nothing explains it. */
export const workerDiedUnknown = defineCause({
  id: 'worker-died-unknown',
  family: 'worker-death',
  severity: 'medium',
  title: () => 'Gunicorn closed connections without an answer, and no log given says why',
  meaning:
    'NGINX had sent the request and the connection was closed before any answer. A worker that is killed, crashes or times out looks like this, and so does a restart; the logs given name none of them. Gunicorn up to 20.0 writes nothing when a worker dies.',
  primary:
    '`upstream prematurely closed connection while reading response header from upstream`, or `recv() failed (104: Connection reset by peer)`, alone',
  corroboration: 'Nothing within seconds in the logs given.',
  toConfirm:
    "Give Gunicorn's error log (`--gunicorn`) and the journal with the kernel lines (`--system`) for two minutes around it.",
  steps: (context) => [
    {
      title: 'See whether it is still happening',
      why: 'Gunicorn replaces dead workers by itself; a Booting worker line is the trace of a death.',
      commands: [systemctl(context, 'status'), journal(context)],
      verify: [askNginx(context)],
    },
    {
      title: 'Give badgateway the other side of the story',
      why: 'Adjust the times to the incident; for containers take the log of the container and the kernel log of the host.',
      commands: [
        `sudo journalctl -u ${unitWord(context)} -o short-iso --since '2 hours ago' > gunicorn.log`,
        "sudo journalctl -o short-iso --since '2 hours ago' _TRANSPORT=kernel + _PID=1 > system.log",
        'badgateway diagnose /var/log/nginx/access.log /var/log/nginx/error.log --gunicorn gunicorn.log --system system.log',
      ],
      verify: [],
    },
    ...silentVersion(context),
  ],
  docs: [LINKS.faq, LINKS.errorLog],
});

function memoryAdvice(context: FixContext): string {
  const seen =
    context.memoryKb === null
      ? ''
      : ` The largest one killed used ${memoryWords(context.memoryKb)}.`;
  return `The kernel line names the victim; "Memory cgroup" in it means the limit of the unit or container (MemoryMax, the memory limit of the pod), not the host. The process that "invoked oom-killer" is not the culprit.${seen}`;
}

function hasExited(context: FixContext): boolean {
  return /exit/i.test(context.reason ?? '');
}

/** The worker lives: an error of the application reached Gunicorn's own handling of sockets. */
function hasRaised(context: FixContext): boolean {
  return context.reason === null && context.exception !== null && context.pids.length === 0;
}

function handleError(context: FixContext): Fix {
  const where = frameWords(context.frame);
  return {
    title: `Make the application handle the error${where === null ? '' : ` in ${where}`}`,
    why: `Gunicorn takes every OSError (connection refused, timed out, no such file) that leaves a view for an error of its own socket, and closes the connection instead of answering 500. Restore what the view could not reach, and catch the error there.`,
    commands: [journal(context)],
    verify: [askNginx(context)],
  };
}

function reasonWords(context: FixContext): string {
  return context.reason === null ? '' : ` (${context.reason})`;
}

function findExit(context: FixContext): Fix {
  return {
    title: 'Find what ends the process',
    why: 'os._exit ends a worker at once, with 0 without any trace; so does sys.exit in gthread workers and before Gunicorn 22. Code 255 is an error in the main loop of the worker, with its traceback in the log.',
    commands: [
      journal(context),
      "grep -rnE --include='*.py' -e 'os\\._exit' -e 'sys\\.exit' APP_DIR",
    ],
    verify: [],
  };
}

function findCrash(context: FixContext): Fix {
  return {
    title: `Find the library that crashes ${service(context)}`,
    why: 'The kernel line ends with the library: "error 4 in libfoo.so". coredumpctl shows the stack, where core dumps are kept.',
    commands: [
      "sudo journalctl -k --since '2 hours ago' --no-pager | grep -i -e segfault -e traps:",
      'coredumpctl list --no-pager',
      `coredumpctl info --no-pager ${pidWord(context)}`,
    ],
    verify: [],
  };
}

function traceCrash(context: FixContext): Fix {
  return {
    title: 'Let the next crash say where it was',
    why: 'With PYTHONFAULTHANDLER=1 Python writes the stack of every thread to the journal of the unit when it crashes in native code.',
    commands: [
      ...unitSettings(context, ['Environment=PYTHONFAULTHANDLER=1']),
      systemctl(context, 'restart'),
    ],
    verify: [],
  };
}

function silentVersion(context: FixContext): Fix[] {
  const upgrade: Fix = {
    title: 'Upgrade Gunicorn, so that it says how its workers die',
    why: 'Up to 20.0 it logs nothing when a worker is killed or crashes; from 21.0 on it logs signals and exit codes.',
    commands: ['VENV/bin/gunicorn --version'],
    verify: [],
  };
  return isGunicornFrom(context, 20, 1) === true ? [] : [upgrade];
}
