/** From a line of Gunicorn's access log to what the application answered. */
import type { BackendAnswer } from '../model.ts';
import type { GunicornEntry } from '../parse/gunicorn-entry.ts';

/** The answer an entry tells of; `null` when it is no access line, or has no time. */
export function observeAnswer(
  entry: GunicornEntry,
  context: { readonly host: string },
): BackendAnswer | null {
  if (entry.request === null || entry.at === null) return null;
  return {
    kind: 'answer',
    at: entry.at,
    host: context.host,
    role: 'gunicorn',
    request: entry.request.request,
    status: entry.request.status,
    origin: entry.origin,
    line: entry.line,
  };
}
