/** What `no live upstreams` comes from: the errors that took the peers out (nginx `ngx_http_upstream_free_round_robin_peer`). */
import type { MechanismId, UpstreamError } from '../model.ts';
import type { HostContext } from './context.ts';
import { isSymptom } from './failure.ts';
import { between } from './in-time.ts';

/** NGINX's default `fail_timeout` is 10 s; longer ones are usual. */
const TAKEN_OUT_WITHIN_MS = 60_000;

/**
 * What `proxy_next_upstream error timeout`, the default, counts against a peer. A response that NGINX could not
 * read does not, nor does what never got to a peer.
 */
const TAKES_OUT: ReadonlySet<MechanismId> = new Set<MechanismId>([
  'connection-refused',
  'socket-missing',
  'permission-denied',
  'accept-queue-full',
  'connect-timeout',
  'host-unreachable',
  'no-source-port',
  'write-failed',
  'send-timeout',
  'read-timeout',
  'premature-close',
  'connection-reset',
  'tls-failed',
  'tls-timeout',
]);

/** The latest error before a symptom that took a peer out; `null` for an error that is no symptom, or came alone. */
export function rootOf(error: UpstreamError, context: HostContext): UpstreamError | null {
  if (!isSymptom(error.mechanism)) return null;
  const before = between(context.errors, error.at - TAKEN_OUT_WITHIN_MS, error.at);
  return before.findLast(({ mechanism }) => TAKES_OUT.has(mechanism)) ?? null;
}
