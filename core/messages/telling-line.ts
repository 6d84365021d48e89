import type { LogRole } from '../model.ts';
import { cutMiddle, cutStart, textWidth } from './text-width.ts';

/** No line is looked at beyond this; what follows never tells more. */
const LONGEST = 4_096;

const ERROR_START = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: (?:\*\d+ )?/;
const ACCESS_START = /^\S* - .{0,256}? \[[^\]]{1,64}\] "((?:[^"\\]|\\.)*)" (\d{3})\b/;
const GUNICORN_START = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]]{0,12}\] \[\d+\] \[[A-Z]+\] /;
const SYSLOG_START = /^(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S+ )(?=\S+: )/;
const ISO_START = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d) (?:\S+ )(?=\S+: )/;
const REQUEST = ', request: "';
const PROTOCOL = / HTTP\/\d(?:\.\d)?$/;

/**
 * What a log line says beside its time, which is shown apart: of an error line the message and the request; of an
 * access line the request, the answer and how long it took; of Gunicorn the message. A line of another shape comes
 * back as it is.
 */
export function tellingLine(role: LogRole, line: string): string {
  const text = line.slice(0, LONGEST);
  switch (role) {
    case 'error':
      return tellingError(text);
    case 'access':
      return tellingRequest(text);
    case 'gunicorn':
      return text.replace(SYSLOG_START, '').replace(GUNICORN_START, '');
    default:
      return text.replace(SYSLOG_START, '').replace(ISO_START, '');
  }
}

function tellingError(line: string): string {
  const text = line.replace(ERROR_START, '');
  const context = text.indexOf(', client: ');
  const start = context < 0 ? -1 : text.indexOf(REQUEST, context);
  if (start < 0) return text;
  const request = text.slice(start + REQUEST.length);
  const end = request.search(/", (?:subrequest|upstream|host|referrer): "|"$/);
  const shown = (end < 0 ? request : request.slice(0, end)).replace(PROTOCOL, '');
  return `${text.slice(0, context)}, for ${shown}`;
}

function tellingRequest(line: string): string {
  const start = ACCESS_START.exec(line);
  if (start === null) return line;
  const [whole, request = '', status] = start;
  const fields = line.slice(whole.length).replace(/"(?:[^"\\]|\\.)*"/g, '');
  const seconds = /\brt=(\d+\.\d+)/.exec(fields)?.[1];
  const upstream = /\bus=(\d{3}(?:(?:, | : )(?:\d{3}|-))*)/.exec(fields)?.[1];
  const parts = [
    `${request.replace(PROTOCOL, '')} answered ${status}`,
    seconds === undefined ? '' : ` after ${Number(Number(seconds).toPrecision(3))}\u00a0s`,
    upstream === undefined || upstream === status ? '' : `, upstream ${upstream}`,
  ];
  return parts.join('');
}

/** The end of a socket's path, which tells it from others. */
const LONGEST_SOCKET = 24;

/** The text, no wider than `width`: a long path of a socket gives way first, for what stands behind it is the reason. */
export function fitLine(text: string, width: number, mark: string): string {
  if (textWidth(text) <= width) return text;
  const at = text.indexOf('unix:');
  const end = at < 0 ? -1 : text.indexOf(' ', at);
  if (end < 0) return cutMiddle(text, width, mark);
  const path = cutStart(text.slice(at + 'unix:'.length, end), LONGEST_SOCKET, mark);
  return cutMiddle(`${text.slice(0, at)}unix:${path}${text.slice(end)}`, width, mark);
}
