/** Redaction of all that is to be stored of a delivery. */
import type { RequestRecord, UpstreamError } from '../model.ts';
import type { Identified, StreamMinute } from '../records/stream-minute.ts';
import { type Redaction, redactText } from '../redact.ts';
import { redactObservation } from './observations.ts';

/** Of one event's text: more than any entry keeps. */
const MAX_TEXT = 32_768;

/** The minutes as they may be stored; `null`: nothing is redacted. Texts are cut last: half a secret is not recognised. */
export function redactMinutes(
  minutes: ReadonlyMap<number, StreamMinute>,
  redaction: Redaction | null,
): Map<number, StreamMinute> {
  return new Map(
    [...minutes].map(([minute, content]) => [minute, redactMinute(content, redaction)]),
  );
}

function redactMinute(content: StreamMinute, redaction: Redaction | null): StreamMinute {
  return {
    ...content,
    requests: redactAll(content.requests, redaction),
    errors: redactAll(content.errors, redaction),
    lines: content.lines.map((line) => ({ ...line, text: shortened(told(line.text, redaction)) })),
  };
}

function redactAll<T extends RequestRecord | UpstreamError>(
  items: readonly Identified<T>[],
  redaction: Redaction | null,
): Identified<T>[] {
  if (redaction === null) return [...items];
  return items.map(({ id, observation }) => ({
    id,
    observation: redactObservation(observation, redaction) as T,
  }));
}

function told(text: string, redaction: Redaction | null): string {
  return redaction === null ? text : redactText(text, redaction, { queries: 'mark' });
}

/** Of a long text what an entry is made of: its beginning and its end. */
function shortened(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT / 2)}\n${text.slice(-MAX_TEXT / 2)}`;
}
