/**
 * Redaction of what NGINX's logs say. What is compared (the client, the request) is done alike on both sides, so that
 * an access line still finds its error lines; the whole line, which is only shown, keeps no marks.
 */
import type { RequestRecord, UpstreamError } from '../model.ts';
import { type Redaction, redactText } from '../redact.ts';
import { addressIn, isLoopback } from './addresses.ts';
import { markOf } from './mark.ts';

/** The observation without what `redaction` says; the same one when that is nothing. */
export function redactObservation(
  observation: RequestRecord | UpstreamError,
  redaction: Redaction,
): RequestRecord | UpstreamError {
  return observation.kind === 'request'
    ? redactRequest(observation, redaction)
    : redactError(observation, redaction);
}

function redactRequest(record: RequestRecord, redaction: Redaction): RequestRecord {
  const keep = record.tries?.map((one) => hostOf(one.address ?? '')) ?? [];
  return {
    ...record,
    client: maskClient(record.client, redaction),
    request: redactRequestLine(record.request, redaction, false),
    line: redactText(record.line, redaction, { addresses: 'all', keep }),
  };
}

function redactError(error: UpstreamError, redaction: Redaction): UpstreamError {
  const rules = { keep: error.upstream === null ? [] : [hostOf(error.upstream)] };
  return {
    ...error,
    client: maskClient(error.client, redaction),
    request: redactRequestLine(error.request, redaction, error.isTruncated),
    message: redactText(error.message, redaction, rules),
    line: redactErrorLine(error, redaction, rules),
  };
}

/** The request in the line is not escaped: a quote in its query must not end it. */
function redactErrorLine(
  { line, request }: UpstreamError,
  redaction: Redaction,
  rules: { readonly keep: readonly string[] },
): string {
  const query = request?.indexOf('?') ?? -1;
  if (!redaction.queries || request === null || query < 0)
    return redactText(line, redaction, rules);
  const at = line.indexOf(request);
  const end = request.lastIndexOf(' HTTP/');
  if (at < 0) return redactText(line, redaction, rules);
  const rest = at + (end > query ? end : request.length);
  const hasQuery = (end > query ? end : request.length) > query + 1;
  const before = redactText(line.slice(0, at + query), redaction, rules);
  return `${before}${hasQuery ? '?***' : '?'}${redactText(line.slice(rest), redaction, rules)}`;
}

/** A request line cut short has lost the end of its query: no mark of it can be that of the whole one. */
function redactRequestLine(
  request: string | null,
  redaction: Redaction,
  isTruncated: boolean,
): string | null {
  if (request === null) return null;
  const query = redaction.queries ? request.indexOf('?') : -1;
  if (query < 0) return redactText(request, redaction, RULES);
  const version = request.lastIndexOf(' HTTP/');
  const end = version > query ? version : request.length;
  const isCut = isTruncated && end === request.length;
  const mark = isCut ? '' : markOf(request.slice(query + 1, end));
  return `${redactText(request.slice(0, query), redaction, RULES)}?${mark}${request.slice(end)}`;
}

const RULES = { queries: 'mark', addresses: 'all' } as const;

/** `203.0.113.x~4k2pd`: its network, and a mark to tell it from its neighbours. */
function maskClient(client: string | null, redaction: Redaction): string | null {
  if (client === null || !redaction.addresses) return client;
  const found = addressIn(client);
  if (found === null || isLoopback(client)) return client;
  return `${client.slice(0, found.network)}x${markOf(client)}`;
}

/** `10.0.0.5` of `10.0.0.5:8000`, `2001:db8::1` of `http://[2001:db8::1]:8000`; anything else as it is. */
function hostOf(peer: string): string {
  const scheme = peer.indexOf('://');
  const host = scheme < 0 ? peer : peer.slice(scheme + 3);
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  const colon = host.indexOf(':');
  return colon < 0 ? host : host.slice(0, colon);
}
