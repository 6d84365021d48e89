/** What the lines that are there say of a host's zone, as `diagnose` finds it: pairs of lines, and the zone of other logs. */
import type { LogRole } from '../../core/model.ts';
import { observeAccessFields } from '../../core/observe/request.ts';
import { observeParsedError } from '../../core/observe/upstream-error.ts';
import { unwrapText } from '../../core/parse/envelope.ts';
import { type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { parseAccessLine } from '../../core/parse/nginx-access.ts';
import { parseNginxErrorLine } from '../../core/parse/nginx-error.ts';
import type { ZoneFinder } from '../../core/zone.ts';

export type LogSample = {
  readonly role: LogRole | null;
  /** Of an access log. */
  readonly format: LogFormat | null;
  readonly lines: readonly string[];
};

const NOWHERE = { host: '', origin: { path: '', lineNumber: 0 } };
const LOOKED_AT = 400;

/** Adds what lines of one host tell. */
export function addZoneSample(finder: ZoneFinder, { role, format, lines }: LogSample): void {
  if (role === 'access' || role === 'gunicorn') addHint(finder, role, lines);
  if (role === 'access') {
    const known = format ?? (NAMED_FORMATS.combined as LogFormat);
    for (const line of lines) addRequest(finder, known, unwrapText(line));
  }
  if (role === 'error') for (const line of lines) addError(finder, unwrapText(line));
}

function addRequest(finder: ZoneFinder, format: LogFormat, text: string): void {
  const fields = parseAccessLine(format, text);
  const observed = fields && observeAccessFields(fields, text, NOWHERE);
  if (observed) finder.addRequest(observed.request, observed.at);
}

function addError(finder: ZoneFinder, text: string): void {
  const parsed = parseNginxErrorLine(text);
  const observed = parsed && observeParsedError(parsed, text, { ...NOWHERE, offsetMs: 0 });
  if (observed) finder.addError(observed);
}

/** The same machine writes its other logs with its zone. */
function addHint(finder: ZoneFinder, role: 'access' | 'gunicorn', lines: readonly string[]): void {
  for (const line of lines) {
    const match = /\d\d:\d\d:\d\d ?([+-])(\d\d):?(\d\d)\b/.exec(line.slice(0, LOOKED_AT));
    if (!match) continue;
    const minutes = Number(match[2]) * 60 + Number(match[3]);
    finder.addHint((match[1] === '-' ? -minutes : minutes) * 60_000, role);
    return;
  }
}
