import type { LineOrigin, NginxErrorLine, UpstreamError } from '../model.ts';
import { parseNginxErrorLine } from '../parse/nginx-error.ts';
import { peerOf } from '../parse/upstream-url.ts';
import { classifyMechanism } from './mechanism.ts';

/** Where an error line comes from, and what to make of its time. */
export type ErrorLineContext = {
  readonly host: string;
  /** The log's zone: its wall clock minus UTC, in milliseconds. */
  readonly offsetMs: number;
  readonly origin: LineOrigin;
  /** Epoch milliseconds for a line without a time of its own (`nginx: [emerg] …`): its wrapper's. */
  readonly at?: number | null;
};

/** The failed try an unwrapped error line tells of; `null` when it names no mechanism, or has no time at all. */
export function observeErrorLine(text: string, context: ErrorLineContext): UpstreamError | null {
  const parsed = parseNginxErrorLine(text);
  return parsed && observeParsedError(parsed, text, context);
}

/** The same for a line that is parsed already; `line` is kept as the evidence. */
export function observeParsedError(
  parsed: NginxErrorLine,
  line: string,
  context: ErrorLineContext,
): UpstreamError | null {
  const found = classifyMechanism(parsed);
  const at = timeOf(parsed, context);
  if (found === null || at === null) return null;
  return {
    kind: 'upstream-error',
    at,
    host: context.host,
    mechanism: found.mechanism,
    visible: found.visible,
    nginxPid: parsed.pid,
    connection: parsed.connection,
    client: parsed.client,
    request: parsed.request,
    isSubrequest: parsed.subrequest !== null,
    isTruncated: parsed.isTruncated,
    upstream: parsed.upstream === null ? null : peerOf(parsed.upstream),
    errno: parsed.errno,
    message: parsed.message,
    origin: context.origin,
    line,
  };
}

function timeOf(parsed: NginxErrorLine, context: ErrorLineContext): number | null {
  if (Number.isNaN(parsed.localMs)) return context.at ?? null;
  return parsed.localMs - context.offsetMs;
}
