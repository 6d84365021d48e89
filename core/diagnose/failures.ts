/** The failures of one host around a span of minutes, from both of NGINX's logs and, without them, from Gunicorn's. */
import { rankOfRequest } from '../fold.ts';
import { countBy } from '../group-by.ts';
import type { UpstreamError } from '../model.ts';
import type { SpanInput } from './attribute.ts';
import type { HostContext } from './context.ts';
import { type Failure, failureOf, isSymptom, type Visibility } from './failure.ts';
import { type JoinedRequest, joinErrors } from './join.ts';

export type Listed = {
  readonly failures: readonly Failure[];
  /** Requests of the span whose error lines may be among the dropped ones, by status. */
  readonly blurred: ReadonlyMap<string, number>;
};

/** Lists every failure that the evidence shows, each once. */
export function listFailures(input: SpanInput, context: HostContext): Listed {
  const { requests, loose } = joinErrors(input.requests, input.errors);
  const isBlurred = blurFinder(input);
  const blurred = requests.filter((joined) => isBlurred(joined));
  const fromRequests = requests.filter((joined) => !isBlurred(joined)).flatMap(failuresOfRequest);
  const fromErrors = input.coverage.access ? looseErrors(loose) : countedErrors(loose);
  const fromBackend = countsBackend(input) ? failuresOfBackend(input, context) : [];
  return {
    failures: [...fromRequests, ...fromErrors, ...fromBackend],
    blurred: countBy(blurred, ({ request }) => statusText(request.status)),
  };
}

function countsBackend({ coverage }: SpanInput): boolean {
  return !coverage.access && (coverage.gunicorn || coverage.system);
}

/**
 * Where error lines were dropped, a request that got none may have had some: taken alone, it would look as if
 * NGINX had logged nothing. Those of the lowest ranks were kept, see `rankOfRequest`.
 */
function blurFinder(input: SpanInput): (joined: JoinedRequest) => boolean {
  if (input.droppedErrors.size === 0) return () => false;
  const isOwn = ({ at }: { readonly at: number }) => at >= input.from && at < input.to;
  let lastKept = 0;
  for (const error of input.errors) {
    if (isOwn(error)) lastKept = Math.max(lastKept, rankOfRequest(error.request));
  }
  return ({ request, errors }) =>
    errors.length === 0 &&
    isOwn(request) &&
    isFailedStatus(request.status) &&
    rankOfRequest(request.request) >= lastKept;
}

function failuresOfRequest(joined: JoinedRequest): Failure[] {
  const { request, errors } = joined;
  if (!isFailedStatus(request.status)) return hiddenFailures(joined);
  return [
    failureOf({
      at: request.at,
      visibility: 'failed',
      status: statusText(request.status),
      request,
      errors,
      error: decisive(errors) ?? errors.at(-1) ?? null,
    }),
  ];
}

/** The last error that a client would see, or if that only follows from others, the last of those. */
function decisive(errors: readonly UpstreamError[]): UpstreamError | undefined {
  const visible = errors.filter((error) => error.visible !== 'none' && error.visible !== '499');
  return visible.findLast((error) => !isSymptom(error.mechanism)) ?? visible.at(-1);
}

function isFailedStatus(status: number): boolean {
  return status === 502 || status === 504 || status === 500 || status === 9;
}

/** A request that succeeded in the end: one for each try that did not. */
function hiddenFailures({ request, errors }: JoinedRequest): Failure[] {
  if (errors.length > 0) {
    return errors.map((error) =>
      failureOf({
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
    failureOf({ at: request.at, visibility: 'retried', status: String(t.status), request }),
  );
}

/** Error lines without a failed request: nobody saw them, or the response had begun. */
function looseErrors(errors: readonly UpstreamError[]): Failure[] {
  return errors.flatMap((error) => {
    const visibility = looseVisibility(error);
    return visibility === null
      ? []
      : [failureOf({ at: error.at, visibility, status: error.visible, errors: [error], error })];
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
    const error = decisive(tries);
    if (!last || !error) return looseErrors(tries);
    if (last.isSubrequest) return [];
    const { at, visible: status } = last;
    return [failureOf({ at, visibility: 'failed', status, errors: tries, error })];
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
        ...failureOf({
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
      ...failureOf({ at: state.since, visibility: 'failed', status: '502' }),
      isFinding: true,
    }));
}

function statusText(status: number): string {
  return String(status).padStart(3, '0');
}
