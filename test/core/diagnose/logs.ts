/**
 * Small logs for the rules of the diagnosis. The lines are written by hand from the format strings of nginx
 * (`ngx_log_error_core`, `ngx_http_log_error_handler`), Gunicorn (arbiter.py, glogging.py), systemd (unit.c,
 * service.c) and the kernel (mm/oom_kill.c, audit): most of what they say cannot be made to happen in the lab.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DiagnoseOptions, diagnoseFiles } from '../../../adapters/local/diagnose-files.ts';
import type { DiagnosisReport } from '../../../core/diagnosis.ts';
import type { LogRole } from '../../../core/model.ts';

/** Seconds 0 of all logs here: a Friday noon, in UTC. */
export const NOON = Date.UTC(2026, 10, 20, 12);

const TCP = 'http://127.0.0.1:8000';
export const UNIX = 'http://unix:/run/shop/gunicorn.sock';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function wall(seconds: number, offsetMinutes = 0): string {
  return new Date(NOON + seconds * 1_000 + offsetMinutes * 60_000).toISOString();
}

function zoneText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const away = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(away / 60))}${two(away % 60)}`;
}

export type Visit = {
  readonly client?: string;
  readonly request?: string;
  readonly upstream?: string | null;
  readonly connection?: number;
  readonly level?: string;
  readonly subrequest?: string;
  readonly offsetMinutes?: number;
};

const CLIENT = '203.0.113.7';
const REQUEST = 'GET /cart HTTP/1.1';
let connections = 0;

/** One NGINX error line, `seconds` after noon. */
export function error(seconds: number, message: string, visit: Visit = {}): string {
  const time = wall(seconds, visit.offsetMinutes)
    .slice(0, 19)
    .replaceAll('-', '/')
    .replace('T', ' ');
  const request = visit.request ?? REQUEST;
  const upstream = visit.upstream === undefined ? TCP : visit.upstream;
  const uri = request.split(' ')[1] ?? '/';
  const separator = upstream?.includes('unix:') && !message.includes('timed out') ? ':' : '';
  return [
    `${time} [${visit.level ?? 'error'}] 77#77: *${visit.connection ?? ++connections} ${message}`,
    `client: ${visit.client ?? CLIENT}, server: shop.example, request: "${request}"`,
    ...(visit.subrequest ? [`subrequest: "${visit.subrequest}"`] : []),
    ...(upstream === null ? [] : [`upstream: "${upstream}${separator}${uri}"`]),
    'host: "shop.example"',
  ].join(', ');
}

/** One access line in NGINX's `combined` format. */
export function access(seconds: number, status: number | string, visit: Visit = {}): string {
  const iso = wall(seconds, visit.offsetMinutes);
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  const day = `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)}`;
  const zone = zoneText(visit.offsetMinutes ?? 0);
  return `${visit.client ?? CLIENT} - - [${day} ${zone}] "${visit.request ?? REQUEST}" ${status} 157 "-" "curl/8.5.0"`;
}

export const TRIES_FORMAT =
  '$remote_addr [$time_local] "$request" $status $request_time $connection "$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time"';

/** One access line in `TRIES_FORMAT`; `tries` are the five `$upstream_*` lists and the request's time before them. */
export function accessWithTries(
  seconds: number,
  status: number,
  tries: {
    took?: string;
    addr: string;
    status: string;
    connect?: string;
    header?: string;
    response?: string;
  },
  visit: Visit = {},
): string {
  const plain = access(seconds, status, visit);
  const time = plain.slice(plain.indexOf('['), plain.indexOf(']') + 1);
  const lists = [
    tries.addr,
    tries.status,
    tries.connect ?? '-',
    tries.header ?? '-',
    tries.response ?? '0.000',
  ];
  const quoted = lists.map((list) => `"${list}"`).join(' ');
  return `${visit.client ?? CLIENT} ${time} "${visit.request ?? REQUEST}" ${status} ${tries.took ?? '0.001'} ${visit.connection ?? ++connections} ${quoted}`;
}

/** One entry of Gunicorn's log; `pid` is the writer. */
export function gunicorn(seconds: number, pid: number, level: string, message: string): string {
  const time = wall(seconds).slice(0, 19).replace('T', ' ');
  return `[${time} +0000] [${pid}] [${level}] ${message}`;
}

export const ARBITER = 100;

/** Gunicorn as it starts, its workers being `pids`. */
export function start(
  seconds: number,
  { version = '23.0.0', worker = 'sync', at = 'http://127.0.0.1:8000', pids = [101, 102] } = {},
): string[] {
  return [
    gunicorn(seconds, ARBITER, 'INFO', `Starting gunicorn ${version}`),
    gunicorn(seconds, ARBITER, 'INFO', `Listening at: ${at} (${ARBITER})`),
    gunicorn(seconds, ARBITER, 'INFO', `Using worker: ${worker}`),
    ...pids.map((pid) => gunicorn(seconds, pid, 'INFO', `Booting worker with pid: ${pid}`)),
  ];
}

export function timeout(seconds: number, pid: number): string {
  return gunicorn(seconds, ARBITER, 'CRITICAL', `WORKER TIMEOUT (pid:${pid})`);
}

export function reaped(seconds: number, pid: number, what: string): string {
  return gunicorn(seconds, ARBITER, 'ERROR', `Worker (pid:${pid}) ${what}`);
}

export function boot(seconds: number, pid: number): string {
  return gunicorn(seconds, pid, 'INFO', `Booting worker with pid: ${pid}`);
}

/** The traceback of a worker that was aborted while it handled `what` (Gunicorn 22 and newer, sync). */
export function abortTrace(seconds: number, pid: number, what: string): string[] {
  return [
    gunicorn(seconds, pid, 'ERROR', `Error handling request ${what}`),
    'Traceback (most recent call last):',
    '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/workers/sync.py", line 134, in handle',
    '    self.handle_request(listener, req, client, addr)',
    '  File "/srv/shop/views.py", line 61, in build_pdf',
    '    time.sleep(60)',
    '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/workers/base.py", line 204, in handle_abort',
    '    sys.exit(1)',
    'SystemExit: 1',
  ];
}

/** The traceback of a worker that could not import the application. */
export function bootTrace(seconds: number, pid: number): string[] {
  return [
    gunicorn(seconds, pid, 'ERROR', 'Exception in worker process'),
    'Traceback (most recent call last):',
    '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker',
    '    worker.init_process()',
    '  File "/srv/venv/lib/python3.11/site-packages/gunicorn/workers/base.py", line 147, in load_wsgi',
    '    self.wsgi = self.app.wsgi()',
    '  File "/srv/shop/app.py", line 1, in <module>',
    '    import stripe_payments',
    "ModuleNotFoundError: No module named 'stripe_payments'",
  ];
}

/** A worker that could not boot, and the arbiter's end of it (21.0 to 23.0). */
export function bootFailure(seconds: number, pid = 101): string[] {
  return [
    ...bootTrace(seconds, pid),
    gunicorn(seconds, pid, 'INFO', `Worker exiting (pid: ${pid})`),
    reaped(seconds, pid, 'exited with code 3'),
    gunicorn(seconds, ARBITER, 'ERROR', 'Shutting down: Master'),
    gunicorn(seconds, ARBITER, 'ERROR', 'Reason: Worker failed to boot.'),
  ];
}

/** One line of a journal or syslog. */
export function system(seconds: number, tag: string, text: string): string {
  const iso = wall(seconds);
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${month} ${iso.slice(8, 10)} ${iso.slice(11, 19)} web-1 ${tag}: ${text}`;
}

export function systemd(seconds: number, text: string): string {
  return system(seconds, 'systemd[1]', text);
}

export function unit(seconds: number, text: string): string {
  return systemd(seconds, `shop.service: ${text}`);
}

export function oomKilled(seconds: number, pid: number): string[] {
  return [
    system(
      seconds,
      'kernel',
      `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=gunicorn,pid=${pid},uid=33`,
    ),
    system(
      seconds,
      'kernel',
      `Memory cgroup out of memory: Killed process ${pid} (gunicorn) total-vm:162412kB, anon-rss:144964kB, file-rss:5432kB, shmem-rss:0kB, UID:33 pgtables:352kB oom_score_adj:0`,
    ),
  ];
}

export const REFUSED = 'connect() failed (111: Connection refused) while connecting to upstream';
export const CLOSED =
  'upstream prematurely closed connection while reading response header from upstream';
export const RESET =
  'recv() failed (104: Connection reset by peer) while reading response header from upstream';
export const SLOW =
  'upstream timed out (110: Connection timed out) while reading response header from upstream';
export const NO_LIVE = 'no live upstreams while connecting to upstream';

/** A failed request in both of NGINX's logs. */
export function failed(
  seconds: number,
  status: number,
  message: string,
  visit: Visit = {},
): { access: string; error: string } {
  return { access: access(seconds, status, visit), error: error(seconds, message, visit) };
}

/** Log files by name (in directories, one a host), lines or lists of lines, none where there is no such log. */
export type Logs = Readonly<Record<string, readonly (string | readonly string[])[]>>;

export type Asked = Partial<DiagnoseOptions> & {
  readonly roles?: Readonly<Record<string, LogRole>>;
  /** Paths that are given once more. */
  readonly again?: readonly string[];
};

/** The report on small logs, written to files. Names that end in `/` are given as directories. */
export async function diagnose(logs: Logs, asked: Asked = {}): Promise<DiagnosisReport> {
  const { roles = {}, again = [], ...options } = asked;
  const directory = mkdtempSync(join(tmpdir(), 'badgateway-test-'));
  try {
    const given = new Set<string>();
    for (const [name, lines] of Object.entries(logs)) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(
        path,
        lines
          .flat()
          .map((line) => `${line}\n`)
          .join(''),
      );
      given.add(name.includes('/') ? (name.split('/')[0] as string) : name);
    }
    const { report, problems } = await diagnoseFiles({
      inputs: [...given, ...again].map((name) => ({
        path: join(directory, name),
        role: roles[name] ?? null,
      })),
      host: null,
      timeZone: null,
      logFormat: null,
      gunicornVersion: null,
      sinceMs: null,
      untilMs: null,
      onProgress: () => {},
      onWarning: () => {},
      ...options,
    });
    if (problems[0]) throw problems[0];
    return report;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Client-visible failures by cause. */
export function causesOf(report: DiagnosisReport): Record<string, number> {
  return Object.fromEntries(
    report.diagnoses
      .filter(({ failures }) => failures > 0)
      .map(({ cause, failures }) => [cause, failures]),
  );
}
