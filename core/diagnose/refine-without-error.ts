/**
 * What a failed request without any NGINX error line comes down to: the access log's upstream fields and the
 * backend's own log are all there is (`causes.md` A11, B3).
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { UpstreamTry } from '../model.ts';
import { findAnswer } from './answers.ts';
import type { HostContext } from './context.ts';
import type { WorkerDeath } from './deaths.ts';
import { type Failure, requestLineOf, upstreamOf } from './failure.ts';
import { namesRequest } from './match-deaths.ts';
import { isLoopback } from './peer.ts';
import { refineConnect } from './refine-connect.ts';
import type { Verdict } from './verdict.ts';

/** `null`: not a gateway failure at all, but the application's own answer. */
export function refineWithoutError(
  failure: Failure,
  death: WorkerDeath | null,
  context: HostContext,
): Verdict | null {
  if (death) {
    const isByTimeOnly = failure.request !== null && !namesRequest(death, requestLineOf(failure));
    return { cause: death.cause, by: death.signals, isByTimeOnly };
  }
  if (failure.status === '500') return null;
  if (failure.status === '009') return { cause: 'protocol-mismatch', by: [] };
  const answer = findAnswer(failure, 'upstream-returned-5xx', context.answers);
  if (answer) return { cause: 'upstream-returned-5xx', by: [answer] };
  const last = failure.request?.tries?.at(-1);
  if (last) return fromTry(last, failure, context);
  if (context.hasErrorLog) return { cause: 'upstream-returned-5xx', by: [] };
  return fromBackend(failure, context);
}

/** One slot of the `$upstream_*` lists (`causes.md` A11, the table of situations). */
function fromTry(last: UpstreamTry, failure: Failure, context: HostContext): Verdict {
  if (last.headerMs !== null) return { cause: 'upstream-returned-5xx', by: [] };
  if (last.address !== null && isGroupName(last.address)) {
    return { cause: 'no-live-upstreams', by: [] };
  }
  if (failure.status === '504') return { cause: timeoutCause(last), by: [] };
  return fromBackend(failure, context);
}

function timeoutCause({ address, connectMs }: UpstreamTry): CauseId {
  if (connectMs !== null) return 'upstream-read-timeout';
  return isLoopback(`http://${address ?? ''}`) ? 'accept-queue-full' : 'upstream-unreachable';
}

/** A peer is `ip:port`, `[v6]:port` or `unix:…`; a name alone is the upstream group's. */
function isGroupName(address: string): boolean {
  return !address.startsWith('unix:') && !/:\d+$/.test(address);
}

/** Only the backend's log can tell; a 504 with no word from it stays unknown. */
function fromBackend(failure: Failure, context: HostContext): Verdict {
  if (failure.status !== '502') return { cause: 'unknown', by: [] };
  const attempt = { at: failure.at, upstream: upstreamOf(failure), isAnswered: false };
  const verdict = refineConnect({ ...attempt, fallback: 'unknown' }, context);
  return verdict.by.length > 0 ? verdict : { cause: 'unknown', by: [] };
}
