/** Why a TLS handshake with the upstream failed (`causes.md` A8). */
import type { UpstreamError } from '../model.ts';
import type { HostContext } from './context.ts';
import { between } from './in-time.ts';
import { stateAt } from './lifecycle.ts';
import type { Verdict } from './verdict.ts';

const NEAR_MS = 3_000;

/**
 * A plain Gunicorn waits for a request line that never comes, until a timer or the arbiter ends the wait; or
 * answers in plain text (`wrong version number`, OpenSSL). Anything else is a handshake between TLS peers.
 */
export function refineTls(error: UpstreamError, context: HostContext): Verdict {
  const plain = between(context.signals, error.at - NEAR_MS, error.at + NEAR_MS).filter(
    (signal) => signal.id === 'worker-timeout' || signal.facts.isNoUriRead === true,
  );
  const { listening, reason } = stateAt(context.states, error.at);
  const isPlain = listening.some((address) => address.startsWith('http://'));
  const asPlain = isPlain && reason ? [reason] : plain;
  if (error.mechanism === 'tls-timeout' || /wrong version number/.test(error.message)) {
    return { cause: 'tls-to-plain-backend', by: asPlain };
  }
  if (isSilent(error) && (plain.length > 0 || isPlain)) {
    return { cause: 'tls-to-plain-backend', by: plain.length > 0 ? plain : asPlain };
  }
  return { cause: 'tls-handshake-failed', by: [] };
}

/** The peer went away without a TLS alert. */
function isSilent(error: UpstreamError): boolean {
  return error.message.startsWith('peer closed connection in SSL handshake');
}
