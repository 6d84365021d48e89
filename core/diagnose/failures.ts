/** The failures of one host around a span of minutes, from both of NGINX's logs and, without them, from Gunicorn's. */
import { rankOfRequest } from '../fold.ts';
import type { RequestRecord, UpstreamError } from '../model.ts';
import type { SpanInput } from './attribute.ts';
import type { HostContext } from './context.ts';
import type { Failure, Visibility } from './failure.ts';
import { type JoinedRequest, joinErrors } from './join.ts';

/** Lists every failure that the evidence shows, each once. */
export function listFailures(input: SpanInput, context: HostContext): Failure[] {
  const { requests, loose } = joinErrors(keptOnBothSides(input), input.errors);
  const fromRequests = requests.flatMap(failuresOfRequest);
  const fromErrors = input.coverage.access ? looseErrors(loose) : countedErrors(loose);
  const fromBackend = input.coverage.access ? [] : failuresOfBackend(input, context);
  return [...fromRequests, ...fromErrors, ...fromBackend];
}

/**
 * Where error lines were dropped, requests whose lines may be among them are left to `shareDropped` too: joined,
 * they would look as if NGINX had logged nothing.
 */
function keptOnBothSides(input: SpanInput): readonly RequestRecord[] {
  if (input.droppedErrors.size === 0) return input.requests;
  const last = Math.max(...input.errors.map((error) => rankOfRequest(error.request)));
  return input.requests.filter((request) => rankOfRequest(request.request) <= last);
}

function failuresOfRequest(joined: JoinedRequest): Failure[] {
  const { request, errors } = joined;
  if (!isFailedStatus(request.status)) return hiddenFailures(joined);
  const error = errors.findLast((candidate) => candidate.visible !== 'none') ?? errors.at(-1);
  return [
    failure({
      at: request.at,
      visibility: 'failed',
      status: statusText(request.status),
      request,
      errors,
      error: error ?? null,
    }),
  ];
}

function isFailedStatus(status: number): boolean {
  return status === 502 || status === 504 || status === 500 || status === 9;
}

/** A request that succeeded in the end: one for each try that did not. */
function hiddenFailures({ request, errors }: JoinedRequest): Failure[] {
  if (errors.length > 0) {
    return errors.map((error) =>
      failure({
        at: request.at,
        visibility: 'retried',
        status: error.visible,
        request,
        errors,
        error,
      }),
    );
  }
  const failed = (request.tries ?? []).filter((t) => t.status === 502 || t.status === 504);
  return failed.map((t) =>
    failure({ at: request.at, visibility: 'retried', status: String(t.status), request }),
  );
}

/** Error lines without a failed request: nobody saw them, or the response had begun. */
function looseErrors(errors: readonly UpstreamError[]): Failure[] {
  return errors.flatMap((error) => {
    const visibility = looseVisibility(error);
    return visibility === null
      ? []
      : [failure({ at: error.at, visibility, status: error.visible, errors: [error], error })];
  });
}

function looseVisibility(error: UpstreamError): Visibility | null {
  switch (error.mechanism) {
    case 'body-cut':
    case 'body-timeout':
    case 'invalid-body':
      return 'truncated';
    case 'temp-storage':
      return error.visible === 'none' ? 'truncated' : 'retried';
    case 'upstream-disabled':
    case 'nginx-died':
    case 'client-aborted':
      return null;
    default:
      return error.visible === 'none' || error.visible === '499' ? null : 'retried';
  }
}

/** Without an access log the error log's own lines are counted: one failure for the tries of one request. */
function countedErrors(errors: readonly UpstreamError[]): Failure[] {
  return groupTries(errors).flatMap((tries) => {
    const last = tries.findLast((error) => error.visible !== 'none' && error.visible !== '499');
    if (!last) return looseErrors(tries);
    if (last.isSubrequest) return [];
    return [
      failure({
        at: last.at,
        visibility: 'failed',
        status: last.visible,
        errors: tries,
        error: last,
      }),
    ];
  });
}

/** Lines of one connection and request are one request's tries until a peer comes up again. */
function groupTries(errors: readonly UpstreamError[]): UpstreamError[][] {
  const groups: UpstreamError[][] = [];
  const open = new Map<string, UpstreamError[]>();
  for (const error of errors) {
    const key = `${error.nginxPid} ${error.connection ?? ''} ${error.request ?? ''}`;
    const group = error.connection === null ? undefined : open.get(key);
    if (group && !group.some((other) => other.upstream === error.upstream)) {
      group.push(error);
      continue;
    }
    const fresh = [error];
    groups.push(fresh);
    open.set(key, fresh);
  }
  return groups;
}

/**
 * What only Gunicorn tells: a worker that answered 500 while it was aborted leaves no NGINX line. Without any
 * NGINX log, every worker that timed out on a request counts, and what else ended workers or kept Gunicorn down
 * is a finding that counts no requests.
 */
function failuresOfBackend(input: SpanInput, context: HostContext): Failure[] {
  const hasNginx = input.coverage.error;
  const fromDeaths = context.deaths.flatMap((death) => {
    if (death.isIdle) return [];
    const isTimeout = death.cause === 'worker-timeout';
    if (hasNginx && !(isTimeout && death.hasAnswered)) return [];
    return [
      {
        ...failure({
          at: death.from,
          visibility: 'failed' as const,
          status: death.hasAnswered ? '500' : '502',
        }),
        death,
        isFinding: !isTimeout,
      },
    ];
  });
  return hasNginx ? fromDeaths : [...fromDeaths, ...failedStarts(context)];
}

function failedStarts(context: HostContext): Failure[] {
  return context.states
    .filter((state, index, all) => {
      return state.phase === 'failed' && state.since !== all[index - 1]?.since;
    })
    .map((state) => ({
      ...failure({ at: state.since, visibility: 'failed', status: '502' }),
      isFinding: true,
    }));
}

function failure(parts: Pick<Failure, 'at' | 'visibility' | 'status'> & Partial<Failure>): Failure {
  return { request: null, errors: [], error: null, death: null, isFinding: false, ...parts };
}

function statusText(status: number): string {
  return String(status).padStart(3, '0');
}
