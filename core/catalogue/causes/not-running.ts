/** Nobody is there to answer: Gunicorn is stopped, dead, or never came up. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askGunicorn,
  askNginx,
  configPath,
  gunicornSetting,
  journal,
  KERNEL_KILLS,
  nginxSettings,
  PROXY_TARGETS,
  RELOAD_NGINX,
  SOME_SOCKET,
  showListener,
  socketActivation,
  socketWord,
  systemctl,
  unitSettings,
  unitWord,
} from '../commands.ts';
import { endpointName } from '../endpoint.ts';
import { endpoint, keepEnd, listener, place, service } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** Refused on TCP, and no log says why. */
export const backendNotListening = defineCause({
  id: 'backend-not-listening',
  family: 'not-running',
  severity: 'critical',
  title: (context) => `Nothing listens on ${place(context, 'the address in proxy_pass')}`,
  meaning:
    'NGINX tried to connect and was refused at once: no program listens on that address and port. Gunicorn is stopped, still starting, or listens on another address; a firewall that rejects looks the same. No log given says which.',
  primary: '`connect() failed (111: Connection refused) while connecting to upstream`',
  corroboration:
    'None of the lines that would name a reason: no failed boot, no bind error, no failed unit, no stop, no other address in `Listening at:`.',
  toConfirm:
    "Give Gunicorn's error log (`--gunicorn`) and the systemd journal (`--system`) from two minutes before the first failure: they say whether it stopped, died, failed to start or listens elsewhere.",
  steps: (context) => [
    {
      title: `Start ${service(context)}`,
      why: 'Starting changes nothing if it already runs; if it does run, it listens somewhere else (step 3).',
      commands: [systemctl(context, 'start'), systemctl(context, 'status')],
      verify: [showListener(context), askNginx(context)],
    },
    {
      title: 'Read why it was not running',
      why: 'The last lines before the silence name the reason: a traceback, a failed bind, a stop, a kill.',
      commands: [journal(context), KERNEL_KILLS],
      verify: [],
    },
    {
      title: 'If it runs, give both sides the same address',
      why: 'The "Listening at:" line of Gunicorn must show what proxy_pass names. localhost can mean ::1 for NGINX while Gunicorn binds 127.0.0.1; in a container 127.0.0.1 is the container itself, so Gunicorn must bind 0.0.0.0 there.',
      commands: ['sudo ss -ltnp | grep -i -e gunicorn -e python', PROXY_TARGETS],
      verify: [askGunicorn(context)],
    },
    comeBackByItself(context),
  ],
  docs: [LINKS.deploy, LINKS.bind, LINKS.proxyPass],
});

/** The socket's path is not there. */
export const socketFileMissing = defineCause({
  id: 'socket-file-missing',
  family: 'not-running',
  severity: 'critical',
  title: (context) => `The socket ${place(context, 'in proxy_pass')} does not exist`,
  meaning:
    'NGINX found no file at the path of the socket. Gunicorn removes its socket when it stops cleanly, so it is stopped or never started; or it makes its socket at another path, or in a /tmp or container of its own that NGINX cannot see.',
  primary:
    '`connect() to unix:… failed (2: No such file or directory) while connecting to upstream`, at level crit',
  corroboration:
    '`Shutting down: Master` in the Gunicorn log or `Stopped` in the journal, and no `Listening at:` after it; or a `Listening at: unix:…` with another path.',
  toConfirm:
    'Give the Gunicorn log and the journal: a clean stop, a failed start and a socket at another path look the same to NGINX.',
  steps: (context) => [
    {
      title: `Start ${service(context)}`,
      why: 'A clean stop takes the socket away, a start brings it back.',
      commands: [systemctl(context, 'start'), systemctl(context, 'status')],
      verify: [
        `ls -l ${socketWord(endpoint(context))}`,
        askGunicorn(context, SOME_SOCKET),
        askNginx(context),
      ],
    },
    compareSocketPaths(context),
    ownDirectory(context),
    {
      title: 'Let systemd hold the socket, so that it exists even while Gunicorn restarts',
      why: 'With a socket unit, requests wait in its queue during a restart instead of failing. Never give two services the same path: the one that stops removes the socket of the other.',
      commands: socketActivation(context),
      verify: ['systemctl list-sockets --all --no-pager'],
    },
  ],
  docs: [LINKS.deploy, LINKS.bind],
});

/** The socket's file is there, its listener is not. */
export const staleUnixSocket = defineCause({
  id: 'stale-unix-socket',
  family: 'not-running',
  severity: 'critical',
  title: (context) => `The socket ${place(context, 'in proxy_pass')} is left over: nobody listens`,
  meaning:
    'The file of the socket is there, but no program listens on it: Gunicorn died without the chance to remove it (killed, out of memory, crashed). A plain file at that path looks the same.',
  primary: '`connect() to unix:… failed (111: Connection refused) while connecting to upstream`',
  corroboration:
    '`code=killed, status=9/KILL` in the journal, an out-of-memory kill in the kernel log, or `Parent changed, shutting down` from workers whose master was killed.',
  toConfirm:
    'Give the journal with the kernel lines (`--system`): they say what killed the master.',
  steps: (context) => [
    {
      title: `Restart ${service(context)}`,
      why: 'Gunicorn replaces a left-over socket by itself when it starts; there is no need to delete it. If it then says "is not a socket", a plain file is in the way: move that file elsewhere.',
      commands: [systemctl(context, 'restart')],
      verify: [showListener(context, SOME_SOCKET), askNginx(context)],
    },
    {
      title: 'Find what killed it',
      why: 'Only a death without warning leaves the file behind: SIGKILL, the out-of-memory killer, a crash or a power cut.',
      commands: [KERNEL_KILLS, journal(context)],
      verify: [],
    },
    comeBackByItself(context),
  ],
  docs: [LINKS.deploy],
});

/** systemd cannot execute the service, or has given up on it. */
export const serviceStartFailure = defineCause({
  id: 'service-start-failure',
  family: 'not-running',
  severity: 'critical',
  title: (context) => {
    const unit = context.unit === null ? 'the Gunicorn service' : service(context);
    const { reason } = context;
    return reason === null || /start-limit|too quickly/.test(reason)
      ? `systemd gave up starting ${unit}`
      : `systemd cannot start ${unit}: ${reason}`;
  },
  meaning:
    'systemd could not run the service at all, or has stopped trying after repeated failures (`Start request repeated too quickly.`). Gunicorn itself had no chance to say anything; the status names the setting at fault: `200/CHDIR` WorkingDirectory, `203/EXEC` ExecStart, `216/GROUP` and `217/USER` Group and User, `226/NAMESPACE` the sandbox paths, `209/STDOUT` the log path, `233/RUNTIME_DIRECTORY` RuntimeDirectory.',
  primary:
    '`connect() failed (111: Connection refused)` on TCP, `connect() to unix:… failed (2: No such file or directory)` on a socket',
  corroboration:
    'In the journal: `Main process exited, code=exited, status=203/EXEC` (or 200, 209, 216, 217, 226, 233), `Failed at step EXEC spawning …`, `Start request repeated too quickly.`, `Failed with result`.',
  toConfirm: 'Give the journal of the unit (`--system`).',
  steps: (context) => [
    {
      title: 'Read which setting systemd stumbles over, and repair it',
      why: startAdvice(context.reason),
      commands: [systemctl(context, 'status'), journal(context, 50), systemctl(context, 'cat')],
      verify: [askNginx(context)],
    },
    {
      title: 'Clear the failed state and start',
      why: 'After too many failed starts systemd refuses even a correct unit until reset-failed.',
      commands: [
        'sudo systemctl daemon-reload',
        `${systemctl(context, 'reset-failed')}; ${systemctl(context, 'start')}`,
      ],
      verify: [systemctl(context, 'status'), showListener(context), askNginx(context)],
    },
    {
      title: 'Check the unit file before each deploy, and leave it time between attempts',
      why: 'verify finds missing programs and misspelt settings without starting anything. With RestartSec a short failure does not use up the allowed starts.',
      commands: [
        `systemd-analyze verify "$(systemctl show -p FragmentPath --value ${unitWord(context)})"`,
        ...unitSettings(context, ['Restart=on-failure', 'RestartSec=2']),
      ],
      verify: [],
    },
  ],
  docs: [LINKS.deploy],
});

function comeBackByItself(context: FixContext): Fix {
  return {
    title: 'Let systemd start it again by itself, after a crash and after a reboot',
    why: 'Without Restart= a dead Gunicorn stays dead; without enable it stays down after a reboot.',
    commands: [
      ...unitSettings(context, ['Restart=on-failure', 'RestartSec=2']),
      systemctl(context, 'enable'),
    ],
    verify: [],
  };
}

function compareSocketPaths(context: FixContext): Fix {
  const own = listener(context);
  const seen = own === null ? '' : ` The logs show Gunicorn at ${keepEnd(endpointName(own), 80)}.`;
  return {
    title: 'Compare the path on both sides',
    why: `Gunicorn's "Listening at: unix:/path" and NGINX's http://unix:/path must name the same file.${seen}`,
    commands: ['sudo ss -lxp | grep -i -e gunicorn -e python', PROXY_TARGETS],
    verify: [],
  };
}

function ownDirectory(context: FixContext): Fix {
  const found = endpoint(context);
  const path = found?.kind === 'unix' ? configPath(found.path) : '';
  const name = /^\/run\/([\w.-]+)\/[^/]+$/.exec(path)?.[1];
  const socket = name === undefined ? '/run/gunicorn/gunicorn.sock' : path;
  return {
    title: 'Keep the socket in a directory that systemd makes at every start',
    why: /^\/(var\/)?tmp\//.test(path)
      ? 'A socket under /tmp is invisible to NGINX as soon as either unit has PrivateTmp=true, and cleaners may delete it. Move it under /run, on both sides.'
      : '/run is empty after a boot, so the directory of the socket must be made again: RuntimeDirectory= does that. (A socket under /tmp is hidden from NGINX by PrivateTmp=true.)',
    commands: [
      `systemctl show -p PrivateTmp -p RuntimeDirectory ${unitWord(context)} nginx.service`,
      ...unitSettings(context, [`RuntimeDirectory=${name ?? 'gunicorn'}`]),
      ...gunicornSetting('bind', `"unix:${socket}"`, `--bind unix:${socket}`),
      ...nginxSettings('in the location', [`proxy_pass http://unix:${socket};`]),
      `${systemctl(context, 'restart')} && ${RELOAD_NGINX}`,
    ],
    verify: [],
  };
}

function startAdvice(reason: string | null): string {
  const code = /^\d+/.exec(reason ?? '')?.[0];
  switch (code) {
    case '200':
      return '200/CHDIR: the directory in WorkingDirectory= does not exist or may not be entered by User=.';
    case '203':
      return '203/EXEC: the program in ExecStart= does not exist or cannot be run: the virtualenv was moved or rebuilt, the first line of the script names a Python that is gone, or the disk is mounted noexec.';
    case '216':
    case '217':
      return `${reason}: the account in User= or Group= does not exist on this host.`;
    case '209':
      return '209/STDOUT: the file or directory in StandardOutput= cannot be opened.';
    case '226':
      return '226/NAMESPACE: a path in ReadWritePaths=, BindPaths= or another sandbox setting does not exist.';
    case '233':
      return '233/RUNTIME_DIRECTORY: systemd could not make the directory in RuntimeDirectory=.';
    default:
      return 'The line with status= or "Failed at step" names it. If there is only "Start request repeated too quickly.", the reason is above its first appearance.';
  }
}
