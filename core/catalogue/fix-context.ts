/**
 * What the evidence knows when a fix is written. Everything is optional: a step names the real socket, port,
 * unit or route when the logs showed it and a clearly marked placeholder (`UNIT`, `PORT`) when they did not.
 * Texts are already printable; a step that puts one into a shell command quotes it (`shellQuote`), since
 * routes and paths come from strangers.
 */
export type FixContext = {
  /** Peers as NGINX names them, most failures first: `http://127.0.0.1:8000`, `http://unix:/run/g.sock`. */
  readonly upstreams: readonly string[];
  /** Addresses Gunicorn said it listens at: `http://127.0.0.1:8000`, `unix:/run/app.sock`. */
  readonly listening: readonly string[];
  /** Routes with the most failures first: `GET /reports/:id`. */
  readonly routes: readonly string[];
  /** A path that failed, as requested (without its query string), for a curl to try: `/reports/77`. */
  readonly examplePath: string | null;
  readonly hosts: readonly string[];
  /** systemd unit: `shop.service`. */
  readonly unit: string | null;
  readonly pids: readonly number[];
  readonly gunicornVersion: string | null;
  readonly workerClass: string | null;
  readonly workers: number | null;
  /** Gunicorn's `--timeout` in seconds: given, or inferred from how long the killed requests took. */
  readonly timeoutSeconds: number | null;
  /** NGINX's `proxy_read_timeout` in seconds, inferred from how long the timed-out requests took. */
  readonly proxyReadTimeoutSeconds: number | null;
  /** `ModuleNotFoundError: No module named 'shop'`. */
  readonly exception: string | null;
  /** `build_pdf, /srv/shop/views.py:61`. */
  readonly frame: string | null;
  /** Largest resident memory seen of a killed process, in kB. */
  readonly memoryKb: number | null;
  /** systemd's or the kernel's own word for why: `203/EXEC`, `segfault`, `SIGSEGV`, `exit code 3`. */
  readonly reason: string | null;
  /** The upstream host name that could not be resolved. */
  readonly dnsName: string | null;
  readonly failures: number;
  readonly retried: number;
  readonly truncated: number;
  readonly statuses: readonly string[];
};

/** The context of evidence that showed nothing. */
export const NOTHING_KNOWN: FixContext = {
  upstreams: [],
  listening: [],
  routes: [],
  examplePath: null,
  hosts: [],
  unit: null,
  pids: [],
  gunicornVersion: null,
  workerClass: null,
  workers: null,
  timeoutSeconds: null,
  proxyReadTimeoutSeconds: null,
  exception: null,
  frame: null,
  memoryKb: null,
  reason: null,
  dnsName: null,
  failures: 0,
  retried: 0,
  truncated: 0,
  statuses: [],
};
