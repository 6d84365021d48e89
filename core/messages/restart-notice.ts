/** The one line about requests that a restart or a deploy lost: nobody has to do anything about it now. */
import type { TransitionDocument } from './alert-document.ts';
import { countOf, formatDuration } from './numbers.ts';

/** As the catalogue calls it; with the unit, where it is known. */
const TITLE = /^Requests were lost while (.+) was restarted$/;
/** What takes longer is told as other failures are. */
const LONGEST_MS = 5 * 60_000;

/** `12 requests lost while shop.service restarted (4.2 s)`; `null` for what is no such notice. */
export function noticeOf({ transition, incident, diagnosis }: TransitionDocument): string | null {
  const lastedMs = Date.parse(incident.lastFailureAt) - Date.parse(incident.openedAt);
  const isNotice = transition === 'resolved' && incident.cause === 'deploy-restart';
  if (!isNotice || lastedMs > LONGEST_MS) return null;
  const unit = TITLE.exec(diagnosis.title)?.[1] ?? 'Gunicorn';
  const time = lastedMs < 100 ? '' : ` (${shortDuration(lastedMs)})`;
  return `${countOf(incident.failures, 'request')} lost while ${unit} restarted${time}`;
}

/** With tenths below ten seconds, where there are any: `4.2 s`, `4 s`, `12 s`. */
function shortDuration(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths >= 100 || tenths % 10 === 0) return formatDuration(ms);
  return `${(tenths / 10).toFixed(1)}\u00a0s`;
}
