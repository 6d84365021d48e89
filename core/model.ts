/**
 * The words every stage of badgateway shares. Nothing here does anything.
 *
 * Two conventions hold everywhere in `core/`:
 * - A *line* (and any text cut from one) is a **byte string**: each character code, 0 to 255, is one
 *   byte of the log (`latin1`). It is decoded as UTF-8 and made harmless only where it is shown
 *   (`messages/printable.ts`), so that a join compares what NGINX wrote, and bad UTF-8 breaks nothing.
 * - Times are epoch milliseconds (UTC). Durations are milliseconds.
 */

/** What a log is; it alone decides which parser reads a line, never the text of the line. */
export const LOG_ROLES = ['access', 'error', 'gunicorn', 'system', 'app'] as const;
export type LogRole = (typeof LOG_ROLES)[number];

/** What NGINX saw of one failed try, from one error line (`causes.md`, Mechanisms). */
export const MECHANISMS = [
  'connection-refused',
  'socket-missing',
  'permission-denied',
  'accept-queue-full',
  'connect-timeout',
  'host-unreachable',
  'no-source-port',
  'nginx-limit',
  'write-failed',
  'send-timeout',
  'read-timeout',
  'premature-close',
  'connection-reset',
  'header-too-big',
  'invalid-header',
  'not-http',
  'body-cut',
  'body-timeout',
  'invalid-body',
  'no-live-upstreams',
  'upstream-disabled',
  'dns-failed',
  'dns-not-configured',
  'tls-failed',
  'tls-timeout',
  'temp-storage',
  'nginx-died',
  'client-aborted',
] as const;
export type MechanismId = (typeof MECHANISMS)[number];

/** What Gunicorn, systemd or the kernel said of the backend in one entry (`causes.md`, Signals). */
export const SIGNALS = [
  'worker-timeout',
  'worker-killed',
  'worker-signaled',
  'worker-exited',
  'boot-failure',
  'bind-failure',
  'config-error',
  'starting',
  'listening',
  'stopping',
  'reloading',
  'worker-booting',
  'worker-exiting',
  'worker-recycling',
  'parent-changed',
  'request-error',
  'request-invalid',
  'fd-exhausted',
  'unhandled-signal',
  'oom-kill',
  'unit-started',
  'unit-stopped',
  'unit-failed',
  'unit-start-limit',
  'segfault',
  'mac-denied',
] as const;
export type SignalId = (typeof SIGNALS)[number];

/** Where a line stands: a file (or log stream) and its 1-based line number (0: not known). */
export type LineOrigin = {
  readonly path: string;
  readonly lineNumber: number;
};

/** The status a client gets because of one line alone; `none` when the line fails no request by itself. */
export type VisibleStatus = '502' | '504' | '500' | '499' | '009' | 'none';

/**
 * One NGINX error line, cut into its fields (`causes.md` A0; nginx `ngx_http_log_error_handler`).
 * `null` is a field that is not there: never written, or cut off with the end of a 2,048-byte line.
 */
export type NginxErrorLine = {
  /** Wall-clock time as written, read as if it were UTC: the line has no zone. Epoch milliseconds. */
  readonly localMs: number;
  readonly level: string;
  readonly pid: number;
  readonly connection: number | null;
  /** The message, errno and action included, up to the first `, client: `. */
  readonly message: string;
  readonly errno: number | null;
  /** What follows ` while ` in the message: `connecting to upstream`, … */
  readonly action: string | null;
  readonly client: string | null;
  readonly server: string | null;
  /** The raw request line, unescaped. */
  readonly request: string | null;
  readonly subrequest: string | null;
  /** The raw upstream URL: scheme, peer and URI. */
  readonly upstream: string | null;
  readonly host: string | null;
  readonly referrer: string | null;
  readonly isTruncated: boolean;
};

/** One try of NGINX at one upstream server, from the `$upstream_*` lists of an access line. */
export type UpstreamTry = {
  readonly address: string | null;
  readonly status: number | null;
  readonly connectMs: number | null;
  readonly headerMs: number | null;
  readonly responseMs: number | null;
};

/** One access-log line that may be a failure (see `observe/request.ts` for which are kept). */
export type RequestRecord = {
  readonly kind: 'request';
  readonly at: number;
  readonly host: string;
  readonly client: string | null;
  /** The request line with the log's escaping undone, as the error log writes it. */
  readonly request: string | null;
  readonly status: number;
  /** Tries in order; `null` when the log format has no upstream variable. */
  readonly tries: readonly UpstreamTry[] | null;
  readonly requestMs: number | null;
  readonly connection: number | null;
  readonly nginxPid: number | null;
  readonly origin: LineOrigin;
  readonly line: string;
};

/** One NGINX error line that names a mechanism. */
export type UpstreamError = {
  readonly kind: 'upstream-error';
  readonly at: number;
  readonly host: string;
  readonly mechanism: MechanismId;
  /** What a client gets because of this line alone. */
  readonly visible: VisibleStatus;
  readonly nginxPid: number;
  readonly connection: number | null;
  readonly client: string | null;
  readonly request: string | null;
  readonly isSubrequest: boolean;
  /** The line was cut at 2,048 bytes, so that `request` may be cut, too. */
  readonly isTruncated: boolean;
  /** `scheme://peer` without the URI: `http://127.0.0.1:8000`, `http://unix:/run/g.sock`, `http://group`. */
  readonly upstream: string | null;
  readonly errno: number | null;
  /** The message, without the context that follows it. */
  readonly message: string;
  readonly origin: LineOrigin;
  readonly line: string;
};

/** What a signal's entry said beside its kind. Absent: not said. */
export type SignalFacts = {
  readonly version?: string;
  readonly workerClass?: string;
  /** `http://127.0.0.1:8000`, `unix:/run/app.sock` as Gunicorn writes it. */
  readonly addresses?: readonly string[];
  readonly signal?: string;
  readonly exitCode?: number;
  readonly method?: string;
  readonly uri?: string;
  /** `ModuleNotFoundError: No module named 'x'`. */
  readonly exception?: string;
  /** The application frame that was running: `build_pdf, /srv/shop/views.py:61`. */
  readonly frame?: string;
  /** The traceback is that of a worker aborted by the arbiter (`handle_abort … SystemExit: 1`). */
  readonly isAbort?: boolean;
  readonly isNoUriRead?: boolean;
  readonly memoryKb?: number;
  readonly process?: string;
  /** systemd's reason: `203/EXEC`, `oom-kill`, `start-limit-hit`, …, or a short reason in words. */
  readonly reason?: string;
};

/** One backend signal, from Gunicorn, systemd or the kernel. */
export type Signal = {
  readonly kind: 'signal';
  readonly id: SignalId;
  readonly at: number;
  readonly host: string;
  readonly role: 'gunicorn' | 'system';
  /** The process the entry is about (the killed worker, …); `null` when it names none. */
  readonly pid: number | null;
  /** The process that wrote the entry (arbiter or worker). */
  readonly emitter: number | null;
  readonly unit: string | null;
  readonly facts: SignalFacts;
  readonly origin: LineOrigin;
  readonly line: string;
};

/** One line of Gunicorn's own access log: what the application answered, whatever became of it. */
export type BackendAnswer = {
  readonly kind: 'answer';
  /** When the answer was done, epoch milliseconds. */
  readonly at: number;
  readonly host: string;
  readonly role: 'gunicorn';
  /** The request line as NGINX sent it on. */
  readonly request: string;
  readonly status: number;
  readonly origin: LineOrigin;
  readonly line: string;
};

export type Observation = RequestRecord | UpstreamError | Signal | BackendAnswer;

/** How sure a verdict is: both sides agree, one side only, or nothing but the access log. */
export const CONFIDENCES = ['confirmed', 'likely', 'unexplained'] as const;
export type Confidence = (typeof CONFIDENCES)[number];
