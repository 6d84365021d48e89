/** What changed just before the failures stopped, if the lines at hand show it. */
import type { TransitionDocument } from './alert-document.ts';
import { formatTime } from './time-range.ts';

const BEFORE_MS = 60_000;
const AFTER_MS = 120_000;

/** Of Gunicorn, systemd and NGINX. */
const CHANGES: readonly { readonly pattern: RegExp; readonly words: string }[] = [
  { pattern: /\bHandling signal: hup\b/i, words: 'Gunicorn was told to reload' },
  { pattern: /\bStarting gunicorn\b/, words: 'Gunicorn started' },
  { pattern: /\bsystemd\[\d+\]: Started \S/, words: 'systemd started the service' },
  { pattern: /\bsystemd\[\d+\]: Reloaded \S/, words: 'systemd reloaded the service' },
  { pattern: /\breceived, reconfiguring$/, words: 'NGINX was told to reload' },
];

/** `Around that time Gunicorn started (14:09:41, web-1).`; '' when nothing is known. */
export function beforeTheEnd({ incident, diagnosis, context }: TransitionDocument): string {
  const end = Date.parse(incident.lastFailureAt);
  const lines = [...diagnosis.evidence, ...context]
    .filter(({ role }) => role !== 'access' && role !== 'app')
    .filter(({ at }) => Date.parse(at) >= end - BEFORE_MS && Date.parse(at) <= end + AFTER_MS)
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  for (const { line, at, host } of lines) {
    const change = CHANGES.find(({ pattern }) => pattern.test(line.slice(0, LONGEST)));
    if (change !== undefined) {
      const where = host === '' ? '' : `, ${host}`;
      return `When it stopped, ${change.words} (${formatTime(at, 'clock')}${where}).`;
    }
  }
  return '';
}

/** What is looked at of a line. */
const LONGEST = 1_000;
