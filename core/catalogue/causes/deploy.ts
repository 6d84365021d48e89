/** Somebody restarted it. */
import { defineCause } from '../cause.ts';
import {
  askNginx,
  gunicornSetting,
  hostPort,
  journal,
  nginxSettings,
  RELOAD_NGINX,
  socketActivation,
  systemctl,
  unitSettings,
} from '../commands.ts';
import { endpoint, service } from '../facts.ts';
import { LINKS } from '../links.ts';

/** Requests fell into the gap between stop and start, or into the end of the old workers. */
export const deployRestart = defineCause({
  id: 'deploy-restart',
  family: 'deploy',
  severity: 'medium',
  title: (context) => `Requests were lost while ${service(context)} was restarted`,
  meaning:
    'Gunicorn was stopped and started, and requests fell into the gap: those waiting in the queue were reset, new ones refused, and those still running after `graceful_timeout` (30 s unless set) were cut off. It is over as soon as the new workers are up.',
  primary:
    '`recv() failed (104: Connection reset by peer)` for waiting requests, then `connect() failed (111: Connection refused)` or `(2: No such file or directory)`, then nothing; `upstream prematurely closed connection` for requests longer than `graceful_timeout`',
  corroboration:
    "`Handling signal: term` (or quit, int), `Shutting down: Master`, `Starting gunicorn` in the Gunicorn log; `Stopping …` and `Started …` in the journal; `State 'stop-sigterm' timed out. Killing.` if systemd was less patient than Gunicorn.",
  toConfirm:
    'Give the Gunicorn log or the journal of the unit: stop and start stand there with their times.',
  steps: (context) => [
    {
      title: 'See that it is up again, and who restarted it',
      why: 'If nobody deployed, something else restarts it: a timer, a log rotation, unattended upgrades.',
      commands: [systemctl(context, 'status'), journal(context, 50)],
      verify: [askNginx(context)],
    },
    {
      title: 'Reload instead of restarting',
      why: 'HUP starts new workers and lets the old ones finish, on the same socket. Run gunicorn --check-config first: a reload into an application that does not load stops everything. With --preload a reload keeps the old code, so there a restart (step 3) is needed.',
      commands: [
        ...unitSettings(context, ['ExecReload=', 'ExecReload=/bin/kill -s HUP $MAINPID']),
        systemctl(context, 'reload'),
      ],
      verify: [journal(context, 20)],
    },
    {
      title: 'Let systemd hold the socket, so that a restart makes requests wait and not fail',
      why: 'The socket unit has the name of the service and stays open while the service restarts. This switch itself needs one short stop.',
      commands: socketActivation(context),
      verify: ['systemctl list-sockets --all --no-pager'],
    },
    {
      title: 'Give running requests time to end',
      why: 'TimeoutStopSec must be above graceful_timeout, and graceful_timeout above the slowest request; KillMode=mixed lets only the master get the signal to stop.',
      commands: [
        ...unitSettings(context, ['KillMode=mixed', 'TimeoutStopSec=45']),
        ...gunicornSetting('graceful_timeout', '30', '--graceful-timeout 30'),
      ],
      verify: [],
    },
    {
      title: 'With several backends, take each out of NGINX while it restarts',
      why: 'Mark its line with down, reload NGINX, restart that backend, and put it back.',
      commands: [
        ...nginxSettings('in the upstream block, in place of its line', [
          `server ${hostPort(endpoint(context))} down;`,
        ]),
        RELOAD_NGINX,
      ],
      verify: [],
    },
  ],
  docs: [LINKS.signals, LINKS.deploy, LINKS.gracefulTimeout],
});
