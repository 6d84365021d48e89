/**
 * Which error lines belong to which access-log line (`causes.md` D2).
 *
 * Exact where the access log has `$connection`: the same number stands in the error line (`*N`), NGINX
 * `ngx_log_error_core`. Else by client, request line and second; last by request line and second.
 */
import { groupBy } from '../group-by.ts';
import type { RequestRecord, UpstreamError } from '../model.ts';
import { compareLines, firstAtOrAfter } from './in-time.ts';

export type JoinedRequest = {
  readonly request: RequestRecord;
  /** The error lines of its tries, in time order; empty when NGINX logged none. */
  readonly errors: readonly UpstreamError[];
};

export type Joined = {
  readonly requests: readonly JoinedRequest[];
  /** Error lines that no access line answers for, in time order. */
  readonly loose: readonly UpstreamError[];
};

/** An error line is written when a try ends, with NGINX's cached clock; the access line right after. */
const CLOCK_SLACK_MS = 1_500;
/** How much later than its last error line a request without a known duration may be logged. */
const LOGGED_WITHIN_MS = 2_000;
/** How long before its end a request of unknown duration may have had its first failed try. */
const TRIES_WITHIN_MS = 300_000;
/** Tries of one request that are looked at; NGINX has one a server of the upstream group. */
const MAX_TRIES = 16;

/** Joins the failed requests and the error lines of one host. Neither input needs an order. */
export function joinErrors(
  requests: readonly RequestRecord[],
  errors: readonly UpstreamError[],
): Joined {
  const byTime = [...requests].sort(compareLines);
  const free = new Set([...errors].sort(compareLines));
  const found = new Map<RequestRecord, UpstreamError[]>();
  for (const pass of PASSES) matchPass(pass, byTime, free, found);
  return {
    requests: byTime.map((request) => ({ request, errors: found.get(request) ?? [] })),
    loose: [...free],
  };
}

type Key = string | number | null;

type Pass = {
  /** Narrows down what `fits` has to look at; an existing string, since building one for every line costs more. */
  keyOfRequest(request: RequestRecord): Key;
  keyOfError(error: UpstreamError): Key;
  /** Whether an error with this key may be this request's. */
  fits(request: RequestRecord, error: UpstreamError): boolean;
};

const PASSES: readonly Pass[] = [
  {
    keyOfRequest: (r) => r.connection,
    keyOfError: (e) => e.connection,
    fits: (r, e) =>
      r.request === e.request &&
      (r.nginxPid === null || r.nginxPid === e.nginxPid) &&
      isDuring(r, e) &&
      canFail(r, e),
  },
  {
    keyOfRequest: (r) => (r.connection === null && r.client !== null ? r.request : null),
    keyOfError: (e) => e.request,
    fits: (r, e) => r.client === e.client && isAtEnd(r, e) && canFail(r, e),
  },
  {
    keyOfRequest: (r) => (r.connection === null ? r.request : null),
    keyOfError: (e) => e.request,
    fits: (r, e) => isAtEnd(r, e) && hasVisibleStatus(r, e),
  },
  {
    keyOfRequest: (r) => (r.connection === null ? pathKey(r.request) : null),
    keyOfError: (e) => pathKey(e.request),
    fits: (r, e) => isAtEnd(r, e) && hasVisibleStatus(r, e),
  },
  {
    keyOfRequest: (r) => r.client,
    keyOfError: (e) => (e.isTruncated ? e.client : null),
    fits: (r, e) => isAtEnd(r, e) && hasVisibleStatus(r, e) && startsLike(r, e),
  },
];

/** Method and path: some formats have no more (`$request_method $uri`). */
function pathKey(request: string | null): string | null {
  const [method, uri] = request?.split(' ', 2) ?? [];
  return method && uri ? `${method} ${uri.split('?', 1)[0]}` : null;
}

/** Of a line cut at 2,048 bytes only the beginning of its request is left (`causes.md` A0, length). */
function startsLike(request: RequestRecord, error: UpstreamError): boolean {
  return error.request === null || (request.request?.startsWith(error.request) ?? false);
}

function matchPass(
  pass: Pass,
  requests: readonly RequestRecord[],
  free: Set<UpstreamError>,
  found: Map<RequestRecord, UpstreamError[]>,
): void {
  if (free.size === 0) return;
  const open = requests.filter((request) => !found.has(request));
  const requestsByKey = groupBy(open, (request) => pass.keyOfRequest(request));
  requestsByKey.delete(null);
  if (requestsByKey.size === 0) return;
  const errorsByKey = groupBy(free, (error) => pass.keyOfError(error));
  for (const [key, group] of requestsByKey) {
    const errors = errorsByKey.get(key);
    if (errors) matchGroup(pass, group, errors, free, found);
  }
}

/** Requests with one key, in time order, each take their errors; the last one takes what is left. */
function matchGroup(
  pass: Pass,
  requests: readonly RequestRecord[],
  errors: readonly UpstreamError[],
  free: Set<UpstreamError>,
  found: Map<RequestRecord, UpstreamError[]>,
): void {
  requests.forEach((request, index) => {
    const start = firstAtOrAfter(errors, earliestFor(request), (error) => error.at);
    const fitting = fittingErrors(pass, request, errors, start, free);
    const last = fitting.at(-1);
    if (!last) return;
    const rivals = requests
      .slice(index + 1, index + 1 + MAX_TRIES)
      .filter((rival) => pass.fits(rival, last)).length;
    const taken = fitting.slice(0, failedTriesOf(request) ?? Math.max(1, fitting.length - rivals));
    const all = withEarlierTries(taken, errors, free);
    for (const error of all) free.delete(error);
    found.set(request, all);
  });
}

/** No try of this request can have ended before. */
function earliestFor(request: RequestRecord): number {
  const unknown = request.connection === null ? LOGGED_WITHIN_MS : TRIES_WITHIN_MS;
  return request.at - (request.requestMs ?? unknown) - CLOCK_SLACK_MS - LOGGED_WITHIN_MS;
}

/** The first errors that fit, at most `MAX_TRIES`: one hot URL must not make this quadratic. */
function fittingErrors(
  pass: Pass,
  request: RequestRecord,
  errors: readonly UpstreamError[],
  start: number,
  free: Set<UpstreamError>,
): UpstreamError[] {
  const fitting: UpstreamError[] = [];
  for (let index = start; index < errors.length && fitting.length < MAX_TRIES; index++) {
    const error = errors[index];
    if (!error || error.at > request.at + CLOCK_SLACK_MS) break;
    if (free.has(error) && pass.fits(request, error)) fitting.push(error);
  }
  return fitting;
}

/** Earlier tries of the same request stand on the same connection, seconds before the last one. */
function withEarlierTries(
  taken: readonly UpstreamError[],
  errors: readonly UpstreamError[],
  free: Set<UpstreamError>,
): UpstreamError[] {
  const first = taken[0];
  if (!first || first.connection === null) return [...taken];
  const earlier: UpstreamError[] = [];
  const end = firstAtOrAfter(errors, first.at, (error) => error.at);
  for (let index = Math.max(0, end - MAX_TRIES); index < end; index++) {
    const error = errors[index] as UpstreamError;
    if (free.has(error) && isEarlierTry(error, first)) earlier.push(error);
  }
  return [...earlier, ...taken];
}

function isEarlierTry(error: UpstreamError, last: UpstreamError): boolean {
  return (
    error.connection === last.connection &&
    error.nginxPid === last.nginxPid &&
    error.at > last.at - TRIES_WITHIN_MS &&
    error.upstream !== last.upstream &&
    error.request === last.request
  );
}

/** How many of its tries failed, when the access log tells. */
function failedTriesOf(request: RequestRecord): number | null {
  if (request.tries === null || request.connection === null) return null;
  const failed = request.tries.filter((t) => t.status === 502 || t.status === 504).length;
  return failed > 0 ? failed : null;
}

function isDuring(request: RequestRecord, error: UpstreamError): boolean {
  const startedAt = request.at - (request.requestMs ?? TRIES_WITHIN_MS);
  return error.at >= startedAt - CLOCK_SLACK_MS && error.at <= request.at + CLOCK_SLACK_MS;
}

function isAtEnd(request: RequestRecord, error: UpstreamError): boolean {
  if (request.requestMs !== null && !isDuring(request, error)) return false;
  const from = request.requestMs === null ? LOGGED_WITHIN_MS : request.requestMs + LOGGED_WITHIN_MS;
  return error.at <= request.at + CLOCK_SLACK_MS && error.at >= request.at - from;
}

/** An application's own 500 must not take the error line of somebody's 502. */
function canFail(request: RequestRecord, error: UpstreamError): boolean {
  if (error.visible === 'none' || error.visible === '499') return false;
  return request.status !== 500 || error.visible === '500' || error.isSubrequest;
}

function hasVisibleStatus(request: RequestRecord, error: UpstreamError): boolean {
  return String(request.status).padStart(3, '0') === error.visible;
}
