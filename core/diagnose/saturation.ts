/** Whether timeouts mean one slow route, or that no worker was free for any. */
import type { UpstreamError } from '../model.ts';
import { routeOf } from '../route.ts';
import type { HostContext } from './context.ts';
import { between } from './in-time.ts';

/** So many different routes do not become slow together by themselves. */
const MIN_ROUTES = 3;
/** A route with more than this share of the timeouts is itself the slow one. */
const MAX_SHARE = 0.6;
const MINUTE_MS = 60_000;

const cache = new WeakMap<HostContext, Map<string, boolean>>();

/** True when requests for many unrelated routes timed out at this peer around this time. */
export function isSaturated(error: UpstreamError, context: HostContext): boolean {
  const peer = error.upstream ?? '';
  const minute = Math.floor(error.at / MINUTE_MS);
  const key = `${minute} ${peer}`;
  let known = cache.get(context);
  if (!known) {
    known = new Map();
    cache.set(context, known);
  }
  let verdict = known.get(key);
  if (verdict === undefined) {
    const near = between(context.errors, (minute - 1) * MINUTE_MS, (minute + 2) * MINUTE_MS - 1);
    verdict = areManyRoutes(near.filter((other) => (other.upstream ?? '') === peer));
    known.set(key, verdict);
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
