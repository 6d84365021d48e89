/** The socket is there and NGINX may not use it. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askNginx,
  configPath,
  gunicornSetting,
  nginxSettings,
  RELOAD_NGINX,
  requestPath,
  socketWord,
  systemctl,
  unitSettings,
} from '../commands.ts';
import { endpoint, place } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';
import { shellQuote } from '../shell.ts';

/** File permissions stand between NGINX and the socket. */
export const socketPermission = defineCause({
  id: 'socket-permission',
  family: 'perms',
  severity: 'critical',
  title: (context) => `NGINX is not allowed to open the socket ${place(context, 'in proxy_pass')}`,
  meaning:
    'Gunicorn listens, but the user of the NGINX workers may not connect: it needs write permission on the socket and the right to pass (`x`) through every directory above it. The error is the same for the socket and for a directory, so changing the mode of the socket alone often changes nothing; home directories (mode 0750) are the usual trap.',
  primary:
    '`connect() to unix:… failed (13: Permission denied) while connecting to upstream`, at level crit',
  corroboration:
    'No SELinux or AppArmor denial at that time; `namei -l` shows a directory without `x`, or a socket without `w`, for the user of NGINX.',
  toConfirm:
    'Give the journal with audit lines (`--system`): without them a denial by SELinux or AppArmor looks exactly the same.',
  steps: (context) => [
    openNow(context),
    lastingHome(context),
    {
      title: 'If the modes are right and it is still refused, look for SELinux or AppArmor',
      why: 'They refuse with the same error number, whatever the modes say; chmod 777 does not help and should be undone.',
      commands: ['getenforce', 'sudo ausearch -m avc -ts recent -c nginx', APPARMOR_DENIALS],
      verify: [],
    },
  ],
  docs: [LINKS.umask, LINKS.bind, LINKS.deploy],
});

/** SELinux, AppArmor or another policy stands between NGINX and the backend. */
export const selinuxDenied = defineCause({
  id: 'selinux-denied',
  family: 'perms',
  severity: 'critical',
  title: (context) => {
    const guard = /apparmor/i.test(context.reason ?? '') ? 'AppArmor' : 'SELinux or AppArmor';
    return `${guard} forbids NGINX to connect to ${place(context, 'Gunicorn')}`;
  },
  meaning:
    'The file permissions may be right: a security policy of the host refuses the connection. For a TCP port this is nearly always the reason for `Permission denied`; chmod cannot help.',
  primary:
    '`connect() to … failed (13: Permission denied) while connecting to upstream`, on a socket or on TCP; `(1: Operation not permitted)` from other policies',
  corroboration:
    'An audit line `avc: denied { connectto }`, `{ name_connect }` or `{ write }` for `comm="nginx"` with `permissive=0`, or `apparmor="DENIED"`. With `permissive=1` it was only logged.',
  toConfirm:
    'Give the audit lines: `sudo ausearch -m avc -ts recent` or the kernel log (`--system`).',
  steps: (context) => [
    allowNow(context),
    {
      title: 'Read exactly what is denied',
      why: 'name_connect is about a TCP port, connectto about the program behind a socket, write about the label of the socket file.',
      commands: ['sudo ausearch -m avc -ts recent -c nginx', APPARMOR_DENIALS],
      verify: [],
    },
    {
      title: 'On SELinux, allow just that with a module of your own',
      why: 'Read the .te file before the last command: it must name only nginx (httpd_t) and the socket of Gunicorn. Do not switch SELinux off.',
      commands: [
        'sudo ausearch -m avc -ts recent -c nginx --raw | audit2allow -M nginx_gunicorn',
        'cat nginx_gunicorn.te',
        'sudo semodule -i nginx_gunicorn.pp',
      ],
      verify: [askNginx(context)],
    },
    {
      title: 'On AppArmor, or with "Operation not permitted", correct the policy of NGINX',
      why: 'The local file of the profile takes a rule for the socket. Without AppArmor, IPAddressDeny= or RestrictAddressFamilies= of the NGINX unit refuse connections too.',
      commands: [
        '# AppArmor, in /etc/apparmor.d/local/usr.sbin.nginx:',
        `${configPathOf(context)} rw,`,
        'sudo systemctl reload apparmor',
        'systemctl show -p IPAddressDeny -p RestrictAddressFamilies nginx.service',
      ],
      verify: [askNginx(context)],
    },
  ],
  docs: [LINKS.proxyPass],
});

const APPARMOR_DENIALS = "sudo journalctl -k --since '1 hour ago' --no-pager | grep -i apparmor";

/** Connects as the user of NGINX: `000` means refused. */
function asNginx(context: FixContext): string {
  const url = shellQuote(`http://localhost${requestPath(context)}`);
  return `sudo -u NGINX_USER curl -so /dev/null -w '%{http_code}\\n' --unix-socket ${socketWord(endpoint(context))} ${url}`;
}

function openNow(context: FixContext): Fix {
  const found = endpoint(context);
  const socket = socketWord(found);
  const home = /^(\/home\/[^/]+|\/root)\//.exec(found?.kind === 'unix' ? found.path : '')?.[1];
  const closed =
    home === undefined
      ? ''
      : ` Here it is probably ${home}: home directories are closed to others.`;
  return {
    title: 'Find what refuses, and let NGINX through',
    why: `In the list of namei, each directory must have x and the socket w for the user of NGINX.${closed} The second command gives the socket to the group of NGINX until the next restart, the third lets only its user pass through a directory. The check prints 000 while it is refused.`,
    commands: [
      `namei -l ${socket}`,
      `sudo chgrp NGINX_USER ${socket} && sudo chmod 660 ${socket}`,
      `sudo setfacl -m u:NGINX_USER:x ${home === undefined ? 'DIR' : shellQuote(home)}`,
    ],
    verify: [asNginx(context), askNginx(context)],
  };
}

function lastingHome(context: FixContext): Fix {
  const found = endpoint(context);
  const path = found?.kind === 'unix' ? configPath(found.path) : 'SOCKET';
  const isUnderRun = /^\/run\/[\w.-]+\//.test(path);
  const name = /^\/run\/([\w.-]+)\//.exec(path)?.[1] ?? 'gunicorn';
  const socket = isUnderRun ? path : `/run/${name}/gunicorn.sock`;
  return {
    title: 'Keep the socket under /run, in the group of NGINX',
    why: "Gunicorn makes its socket with its own umask setting (0 unless set, which lets everybody in), not with UMask= of the unit; 007 with the group of NGINX lets in those two only. /run is not inside anybody's home.",
    commands: [
      ...unitSettings(context, [
        'Group=NGINX_USER',
        `RuntimeDirectory=${name}`,
        'RuntimeDirectoryMode=0750',
      ]),
      ...gunicornSetting('bind', `"unix:${socket}"`, `--bind unix:${socket}`),
      '# in ExecStart:',
      '--umask 007',
      ...nginxSettings('in the location', [`proxy_pass http://unix:${socket};`]),
      `${systemctl(context, 'restart')} && ${RELOAD_NGINX}`,
    ],
    verify: [`namei -l ${socket}`, askNginx(context)],
  };
}

function allowNow(context: FixContext): Fix {
  const found = endpoint(context);
  if (found?.kind === 'unix') {
    return {
      title: 'Give the socket a label that NGINX may use',
      why: 'SELinux judges the socket by its label. Programs started by hand or from /home, /srv or /opt often make files with a label that NGINX may not touch. If the denial says connectto, go on to step 3.',
      commands: [
        `ls -Z ${socketWord(found)}`,
        `sudo semanage fcontext -a -t httpd_var_run_t ${shellQuote(labelPattern(found.path))}`,
        `sudo restorecon -v ${socketWord(found)}`,
      ],
      verify: [`ls -Z ${socketWord(found)}`, askNginx(context)],
    };
  }
  return {
    title: 'Allow NGINX to connect over the network',
    why: 'This is the switch that SELinux has for a proxy. It takes effect at once, and -P keeps it over a reboot.',
    commands: ['sudo setsebool -P httpd_can_network_connect 1'],
    verify: ['getsebool httpd_can_network_connect', askNginx(context)],
  };
}

/** The path as a regular expression of `semanage fcontext`. */
function labelPattern(path: string): string {
  return path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function configPathOf(context: FixContext): string {
  const found = endpoint(context);
  return found?.kind === 'unix' ? configPath(found.path) : 'SOCKET';
}
