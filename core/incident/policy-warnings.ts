/** Rules of a policy that can never fire, or not as they are meant to, said by what was seen. */
import { MINUTE_MS } from '../records/keys.ts';
import { countsOf, type Minutes, minutesOf } from './counts.ts';
import { mostInWindow, type RequestCounts, windowMinutes } from './opening-rule.ts';
import type { Policy } from './policy.ts';
import { ALERTED_CAUSES } from './worth-waking.ts';

type Seen = {
  readonly policy: Policy;
  readonly minutes: Minutes;
  readonly requests: RequestCounts | null;
};

/** A sentence each. */
export function policyWarnings(seen: Seen): string[] {
  return [...countWarnings(seen), ...shareWarnings(seen), ...timeWarnings(seen.policy)];
}

function countWarnings({ policy, minutes }: Seen): string[] {
  const counts = countsOf(minutes);
  let most = 0;
  for (const cause of ALERTED_CAUSES) {
    const failures = [...minutesOf(counts, cause)].map(
      ([minute, entry]) => [minute, entry.failures] as const,
    );
    most = Math.max(most, mostInWindow(new Map(failures), policy));
  }
  if (most >= policy.minFailures) return [];
  const seen =
    most === 0 ? 'no cause failed a request' : `no cause failed more than ${most} requests`;
  return [
    `minFailures ${policy.minFailures} would never have opened an incident: ${seen} in any ${timeOf(windowMinutes(policy) * MINUTE_MS)} of this time`,
  ];
}

function shareWarnings({ policy, requests }: Seen): string[] {
  if (policy.minRate > 1) {
    return [
      `minRate ${percentOf(policy.minRate)} can never be reached: it is more than all requests`,
    ];
  }
  if (requests === null || requests.size === 0) {
    return ['minRate can not be tried: the number of requests in this time is not known'];
  }
  const most = mostInWindow(requests, policy);
  if (most >= policy.minRequests) return [];
  const window = timeOf(windowMinutes(policy) * MINUTE_MS);
  return [
    `minRate would never have opened an incident: minRequests is ${policy.minRequests}, and no ${window} of this time had more than ${most} requests`,
  ];
}

function timeWarnings(policy: Policy): string[] {
  const { windowMs, maxAgeMs, patienceMs, resolveAfterMs, renotifyMs } = policy;
  const found: string[] = [];
  if (windowMs < MINUTE_MS) {
    found.push(
      `window ${timeOf(windowMs)} is shorter than the minutes that are counted: it works as 1m`,
    );
  }
  if (windowMs > maxAgeMs) {
    found.push(
      `window ${timeOf(windowMs)} is never whole: failures older than maxAge ${timeOf(maxAgeMs)} open nothing`,
    );
  }
  if (patienceMs >= maxAgeMs) {
    found.push(
      `patience ${timeOf(patienceMs)} waits until failures are too old (maxAge ${timeOf(maxAgeMs)})`,
    );
  }
  if (resolveAfterMs < MINUTE_MS) {
    found.push(
      `resolveAfter ${timeOf(resolveAfterMs)} is shorter than a minute: logs that are a little late look like the end of an incident`,
    );
  }
  if (renotifyMs < MINUTE_MS) {
    found.push(`renotify ${timeOf(renotifyMs)} would tell the same incident with every evaluation`);
  }
  return found;
}

function percentOf(share: number): string {
  return `${Math.round(share * 1_000) / 10}%`;
}

/** As the configuration writes it: `90s`, `5m`, `4h`. */
function timeOf(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms >= MINUTE_MS && ms % MINUTE_MS === 0) return `${ms / MINUTE_MS}m`;
  return `${ms / 1_000}s`;
}
