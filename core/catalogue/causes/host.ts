/** A limit of the host, of NGINX or of Gunicorn is reached. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askNginx,
  gunicornSetting,
  nginxSettings,
  RELOAD_NGINX,
  systemctl,
  unitSettings,
} from '../commands.ts';
import { isLocal } from '../endpoint.ts';
import { endpoint, place, workerKind } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** NGINX has no file descriptor or connection left. */
export const nginxLimitsExhausted = defineCause({
  id: 'nginx-limits-exhausted',
  family: 'host',
  severity: 'critical',
  title: () => 'NGINX ran out of connections or open files',
  meaning:
    'A worker of NGINX has used up its open files or its `worker_connections`, so it can neither accept clients nor connect to Gunicorn. The client gets 500, or no answer at all. Each proxied request takes two connections.',
  primary:
    '`socket() failed (24: Too many open files) while connecting to upstream` (500), `accept4() failed (24: Too many open files)`, `… worker_connections are not enough`; (23: Too many open files in system) is the limit of the whole host',
  corroboration:
    'Gunicorn sees nothing. `LimitNOFILE` of the NGINX unit and `worker_rlimit_nofile` are low.',
  toConfirm:
    'Give the NGINX error log from the beginning of the failures; look at `/proc/PID/limits` of a worker.',
  steps: (context) => [
    {
      title: 'Raise both limits',
      why: 'worker_connections must stay below worker_rlimit_nofile. A reload starts new workers with the new limits. On SELinux NGINX may need "setsebool -P httpd_setrlimit 1" first.',
      commands: [
        ...nginxSettings('at the top of nginx.conf', ['worker_rlimit_nofile 65536;']),
        ...nginxSettings('in the events block', ['worker_connections 16384;']),
        RELOAD_NGINX,
      ],
      verify: [
        "sudo grep 'open files' /proc/$(pgrep -nf 'nginx: worker')/limits",
        askNginx(context),
      ],
    },
    {
      title: 'See what holds the connections',
      why: 'Many connections to Gunicorn mean that it is slow and requests pile up: then it is the cause, and more connections only help for a while. Many from one client mean a client that misbehaves.',
      commands: [
        'ss -s',
        "ss -Htan state established | awk '{print $4}' | sed 's/:[0-9]*$//' | sort | uniq -c | sort -rn | head",
      ],
      verify: [],
    },
    {
      title: 'If the error number is 23, raise the limit of the host',
      why: 'The first number of file-nr is how many files are open on the whole host, the last how many may be.',
      commands: [
        'cat /proc/sys/fs/file-nr',
        "echo 'fs.file-max = 2097152' | sudo tee /etc/sysctl.d/90-file-max.conf",
        'sudo sysctl --system',
      ],
      verify: ['cat /proc/sys/fs/file-nr'],
    },
  ],
  docs: [LINKS.workerRlimitNofile, LINKS.workerConnections],
});

/** Every local port towards the backend is taken. */
export const ephemeralPortsExhausted = defineCause({
  id: 'ephemeral-ports-exhausted',
  family: 'host',
  severity: 'high',
  title: (context) =>
    `NGINX has no local port left for connections to ${place(context, 'Gunicorn')}`,
  meaning:
    'Each new connection from NGINX to the same address needs a local port, and a closed connection keeps its port for a minute more. At some hundred new connections a second all of about 28,000 are taken.',
  primary:
    '`connect() to … failed (99: Cannot assign requested address) while connecting to upstream`, at level crit',
  corroboration:
    '`ss -s` shows tens of thousands of connections in `timewait`; Gunicorn sees nothing.',
  toConfirm: 'Run `ss -s` on the NGINX host while it happens.',
  steps: (context) => [
    {
      title: 'Give NGINX more ports now',
      why: 'This doubles the ports and lets the kernel reuse waiting ones for new outgoing connections. Services that listen above 15000 should be listed in net.ipv4.ip_local_reserved_ports first.',
      commands: [
        "sudo sysctl -w net.ipv4.ip_local_port_range='15000 65000' net.ipv4.tcp_tw_reuse=1",
      ],
      verify: ['ss -s', askNginx(context)],
    },
    reuseConnections(context),
    localSocket(context),
    {
      title: 'Keep the setting over a reboot',
      why: 'sysctl -w lasts until the next start of the host.',
      commands: [
        "echo 'net.ipv4.ip_local_port_range = 15000 65000' | sudo tee /etc/sysctl.d/90-nginx-ports.conf",
        "echo 'net.ipv4.tcp_tw_reuse = 1' | sudo tee -a /etc/sysctl.d/90-nginx-ports.conf",
      ],
      verify: ['sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse'],
    },
  ],
  docs: [LINKS.upstreamKeepalive, LINKS.proxyHttpVersion],
});

/** NGINX cannot write its temporary files. */
export const nginxDiskFull = defineCause({
  id: 'nginx-disk-full',
  family: 'host',
  severity: 'high',
  title: (context) =>
    /permission|\b13\b/i.test(context.reason ?? '')
      ? 'NGINX may not write its temporary files'
      : 'NGINX cannot write its temporary files: the disk is full or closed to it',
  meaning:
    'NGINX keeps large uploads and responses in temporary files and could not write them: no space, no inodes, or no permission on the directory. Uploads end with 500; responses break off. A full disk also swallows log lines, so the silence of a log proves nothing then.',
  primary:
    '`pwritev() "…/proxy_temp/…" failed (28: No space left on device)`, `open() "…/client_body_temp/…" failed (13: Permission denied)`, `mkdir() … failed`, at level crit',
  corroboration: '`df -h` or `df -i` shows 100 %; other services on the host complain as well.',
  toConfirm:
    'Run `df -h` and `df -i` on the host: with either full, the errors of every other log are suspect, too.',
  steps: (context) => [
    {
      title: 'Free space on the disk of that directory',
      why: 'Old logs, old releases and core dumps are the usual finds; "journalctl --vacuum-size=1G" removes old journal entries, so only once the incident is saved. A deleted file that is still open frees nothing until its program restarts: the last command lists those.',
      commands: [
        'df -h; df -i',
        'sudo du -xh --max-depth=3 /var 2>/dev/null | sort -h | tail -n 20',
        'sudo lsof -nP +L1',
      ],
      verify: ['df -h', askNginx(context)],
    },
    {
      title: 'With "Permission denied", give the directory back to NGINX',
      why: 'After a change of the user line in nginx.conf or a restore, the directories belong to somebody else.',
      commands: ['sudo namei -l TEMP_DIR', 'sudo chown -R NGINX_USER: TEMP_DIR', RELOAD_NGINX],
      verify: ['sudo -u NGINX_USER test -w TEMP_DIR && echo writable'],
    },
    {
      title: 'Bound what NGINX writes',
      why: 'With 0 NGINX keeps no responses on disk: a slow client then holds its Gunicorn worker until it has read all. A bound such as 256m is the middle way.',
      commands: [...nginxSettings('in http', ['proxy_max_temp_file_size 256m;']), RELOAD_NGINX],
      verify: [],
    },
  ],
  docs: [LINKS.proxyTempPath],
});

/** Gunicorn has no file descriptor left. */
export const gunicornFdExhausted = defineCause({
  id: 'gunicorn-fd-exhausted',
  family: 'host',
  severity: 'high',
  title: () => 'Gunicorn ran out of open files',
  meaning:
    'A Gunicorn worker has used up its open files: connections, files and pipes count alike. It can no longer accept requests, or open its database and templates, and often ends with code 255.',
  primary:
    '`recv() failed (104: Connection reset by peer)` or `upstream prematurely closed connection`, both `while reading response header from upstream`',
  corroboration:
    '`OSError: [Errno 24] Too many open files` in the Gunicorn log, under `Exception in worker process` or `Socket error processing request.`; `exited with code 255`.',
  toConfirm: 'Give the Gunicorn log; count the files of a worker with `ls /proc/PID/fd | wc -l`.',
  steps: (context) => [
    {
      title: 'Raise the limit and restart, which also frees what leaked',
      why: 'The default of systemd is 1024 files for each process.',
      commands: [...unitSettings(context, ['LimitNOFILE=65536']), systemctl(context, 'restart')],
      verify: ["sudo grep 'open files' /proc/$(pgrep -nf gunicorn)/limits", askNginx(context)],
    },
    {
      title: 'See what the files are, before the next restart',
      why: 'A count that only grows is a leak: sockets mean connections that are not closed or pooled, files mean open() without close.',
      commands: [
        'sudo ls /proc/PID/fd | wc -l',
        "sudo ls -l /proc/PID/fd | awk '{print $NF}' | sed 's/:.*//' | sort | uniq -c | sort -rn | head",
      ],
      verify: [],
    },
    {
      title: 'Close what leaks; until then recycle the workers',
      why: 'Use "with" blocks, one pooled client for each remote service and a bounded database pool. max_requests bounds a leak until it is found.',
      commands: [
        ...gunicornSetting('max_requests', '1000', '--max-requests 1000'),
        'max_requests_jitter = 100',
        systemctl(context, 'restart'),
      ],
      verify: [],
    },
  ],
  docs: [LINKS.faq, LINKS.maxRequests],
});

function reuseConnections(context: FixContext): Fix {
  const isSync = workerKind(context) === 'sync';
  return {
    title: 'Let NGINX reuse its connections',
    why: `Reused connections need no new port. ${
      isSync
        ? 'Sync workers close every connection themselves: this needs gthread or an async worker.'
        : 'Gunicorn must keep them longer than NGINX (75 s against 60 s), or POSTs fail now and then.'
    } Write the last line beside the other proxy_set_header lines: a location with one of its own inherits none.`,
    commands: [
      ...nginxSettings('in the upstream block', ['keepalive 64;']),
      ...nginxSettings('in the location', [
        'proxy_http_version 1.1;',
        'proxy_set_header Connection "";',
      ]),
      ...gunicornSetting('keepalive', '75', '--keep-alive 75'),
      `${systemctl(context, 'restart')} && ${RELOAD_NGINX}`,
    ],
    verify: [],
  };
}

function localSocket(context: FixContext): Fix {
  const found = endpoint(context);
  const isElsewhere = found !== null && !isLocal(found);
  return {
    title: isElsewhere
      ? 'Or spread the requests over more addresses'
      : 'Or use a unix socket, which needs no ports',
    why: isElsewhere
      ? 'The limit counts for each pair of addresses: every backend address more in the upstream block brings as many ports again.'
      : 'On one host a socket is also a little faster. The path must be one that NGINX may enter.',
    commands: isElsewhere
      ? [...nginxSettings('in the upstream block', ['server HOST:PORT;']), RELOAD_NGINX]
      : [
          ...gunicornSetting(
            'bind',
            '"unix:/run/gunicorn/gunicorn.sock"',
            '--bind unix:/run/gunicorn/gunicorn.sock',
          ),
          ...nginxSettings('in the location', [
            'proxy_pass http://unix:/run/gunicorn/gunicorn.sock;',
          ]),
          `${systemctl(context, 'restart')} && ${RELOAD_NGINX}`,
        ],
    verify: [],
  };
}
