import { parseCount } from './byte-string.ts';
import type { Layer } from './envelope.ts';
import { parseIso8601 } from './time.ts';

const HEADER_FIELDS = 6;

/** RFC 5424 from its version on: `1 TIME HOST APP PROCID MSGID SD[ MSG]`, `-` for what is not known. */
export function peelRfc5424(text: string): Layer | null {
  const fields: string[] = [];
  let at = 0;
  while (fields.length < HEADER_FIELDS) {
    const end = text.indexOf(' ', at);
    if (end < 0) return null;
    fields.push(text.slice(at, end));
    at = end + 1;
  }
  const [, time = '', host, tag, pid = ''] = fields;
  const end = endOfStructuredData(text, at);
  if (end < 0) return null;
  return {
    text: messageAt(text, end),
    at: parseIso8601(time),
    host: known(host),
    tag: known(tag),
    pid: parseCount(pid),
  };
}

function known(field: string | undefined): string | null {
  return field === undefined || field === '-' ? null : field;
}

/** The message after the space at `end`, without the byte order mark some writers put before UTF-8. */
function messageAt(text: string, end: number): string {
  const from = end + 1;
  return text.slice(text.startsWith('\xef\xbb\xbf', from) ? from + 3 : from);
}

/** The index after `-` or `[id name="value" …]…`, or -1; `\` takes the sense from the next character. */
function endOfStructuredData(text: string, from: number): number {
  if (text.charCodeAt(from) === 45) return from + 1;
  let at = from;
  let isQuoted = false;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isQuoted && code === 92) at++;
    else if (code === 34) isQuoted = !isQuoted;
    else if (!isQuoted && code === 93 && text.charCodeAt(at + 1) !== 91) return at + 1;
    else if (!isQuoted && at === from && code !== 91) return -1;
  }
  return -1;
}
