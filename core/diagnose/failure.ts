/** One thing that went wrong between NGINX and Gunicorn, before it has a cause. */
import type { MechanismId, RequestRecord, UpstreamError } from '../model.ts';
import type { WorkerDeath } from './deaths.ts';

/**
 * Who noticed: `failed` a client got a gateway error; `retried` the next upstream answered in its place (or
 * nobody waited); `truncated` the client got a status and then a broken body.
 */
export type Visibility = 'failed' | 'retried' | 'truncated';

export type Failure = {
  readonly at: number;
  readonly visibility: Visibility;
  /** What the client got: `502`, `504`, `500`, `009`; for retried and truncated ones what the try came to. */
  readonly status: string;
  readonly request: RequestRecord | null;
  /** The error lines of its tries, in time order. */
  readonly errors: readonly UpstreamError[];
  /** The error line that decided its fate; `null` when NGINX logged none. */
  readonly error: UpstreamError | null;
  /** Known only from the end of this worker: no NGINX log tells of it. */
  readonly death: WorkerDeath | null;
  /** Something is wrong, but it is not known that a request failed. */
  readonly isFinding: boolean;
};

/** A failure of which nothing but `parts` is known. */
export function failureOf(
  parts: Pick<Failure, 'at' | 'visibility' | 'status'> & Partial<Failure>,
): Failure {
  return { request: null, errors: [], error: null, death: null, isFinding: false, ...parts };
}

/** Mechanisms that say that a connection ended under NGINX's hands, without saying why. */
export function isBrokenConnection(mechanism: MechanismId): boolean {
  switch (mechanism) {
    case 'premature-close':
    case 'connection-reset':
    case 'write-failed':
    case 'body-cut':
    case 'invalid-body':
      return true;
    default:
      return false;
  }
}

/** Mechanisms that only follow from earlier ones. */
export function isSymptom(mechanism: MechanismId): boolean {
  return mechanism === 'no-live-upstreams' || mechanism === 'upstream-disabled';
}

/** The request line of a failure, as far as any line tells. */
export function requestLineOf(failure: Failure): string | null {
  return failure.request?.request ?? failure.error?.request ?? null;
}

/** The peer that failed, `scheme://peer`; from the error line, else from the access log's last try. */
export function upstreamOf(failure: Failure): string | null {
  if (failure.error?.upstream) return failure.error.upstream;
  const address = failure.request?.tries?.at(-1)?.address;
  return address ? `http://${address}` : null;
}
