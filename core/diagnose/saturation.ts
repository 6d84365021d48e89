/** Whether timeouts mean one slow route, or that no worker was free for any. */
import type { UpstreamError } from '../model.ts';
import { routeOf } from '../route.ts';
import type { HostContext } from './context.ts';

/** So many different routes do not become slow together by themselves. */
const MIN_ROUTES = 3;
/** A route with more than this share of the timeouts is itself the slow one. */
const MAX_SHARE = 0.6;

const cache = new WeakMap<HostContext, Map<string, boolean>>();

/** True when requests for many unrelated routes timed out at this peer around this time. */
export function isSaturated(error: UpstreamError, context: HostContext): boolean {
  const peer = error.upstream ?? '';
  let known = cache.get(context);
  if (!known) {
    known = new Map();
    cache.set(context, known);
  }
  let verdict = known.get(peer);
  if (verdict === undefined) {
    verdict = areManyRoutes(context.errors.filter((other) => (other.upstream ?? '') === peer));
    known.set(peer, verdict);
  }
  return verdict;
}

function areManyRoutes(errors: readonly UpstreamError[]): boolean {
  const counts = new Map<string, number>();
  let total = 0;
  for (const error of errors) {
    if (error.mechanism !== 'read-timeout' || error.request === null) continue;
    const route = routeOf(error.request);
    counts.set(route, (counts.get(route) ?? 0) + 1);
    total++;
  }
  return counts.size >= MIN_ROUTES && Math.max(...counts.values()) <= total * MAX_SHARE;
}
