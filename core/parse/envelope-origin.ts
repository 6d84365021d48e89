/** Who wrote a syslog line: `[host ]tag[pid]: `. `pid` is as written, empty when there is none. */
export type Origin = {
  readonly host: string | null;
  readonly tag: string;
  readonly pid: string;
  /** The index of the text after it. */
  readonly end: number;
};

const LONGEST_TOKEN = 255;

/** The programs whose name alone, without a pid, is believed where any text could stand. */
const PROGRAMS = ['nginx', 'gunicorn', 'uvicorn', 'python', 'kernel', 'systemd', 'supervisord'];

/**
 * The origin at `at`, or `null` when none is there. After a syslog time any `tag:` is one; elsewhere
 * (`isSyslog` false) only a tag with a pid, or a host and one of the programs this tool reads.
 */
export function readOrigin(text: string, at: number, isSyslog: boolean): Origin | null {
  const first = endOfToken(text, at);
  if (first < 0) return null;
  if (text.charCodeAt(first - 1) === 58) return originOf(text, null, at, first, isSyslog);
  const second = endOfToken(text, first + 1);
  if (second < 0 || text.charCodeAt(second - 1) !== 58) return null;
  const host = text.slice(at, first);
  return isHost(host) ? originOf(text, host, first + 1, second, isSyslog) : null;
}

/** The index of the space (or the end) after a token of 2 characters or more, or -1. */
function endOfToken(text: string, at: number): number {
  let end = at;
  while (end < text.length && end - at < LONGEST_TOKEN && text.charCodeAt(end) !== 32) end++;
  const isEnd = end === text.length || text.charCodeAt(end) === 32;
  return isEnd && end > at ? end : -1;
}

function originOf(
  text: string,
  host: string | null,
  at: number,
  end: number,
  isSyslog: boolean,
): Origin | null {
  const token = text.slice(at, end - 1);
  const bracket = token.endsWith(']') ? token.indexOf('[') : -1;
  const tag = bracket < 0 ? token : token.slice(0, bracket);
  const isBelieved = isSyslog || bracket >= 0 || (host !== null && isProgram(tag));
  if (!isBelieved || !isTag(tag)) return null;
  const pid = bracket < 0 ? '' : token.slice(bracket + 1, -1);
  return { host, tag, pid, end: Math.min(end + 1, text.length) };
}

function isProgram(tag: string): boolean {
  return PROGRAMS.some((program) => tag.startsWith(program));
}

function isTag(tag: string): boolean {
  for (let i = 0; i < tag.length; i++) {
    if (!isHostCode(tag.charCodeAt(i)) && !'/@()'.includes(tag.charAt(i))) return false;
  }
  return tag.length > 0;
}

function isHost(host: string): boolean {
  for (let i = 0; i < host.length; i++) {
    if (!isHostCode(host.charCodeAt(i))) return false;
  }
  return true;
}

/** Letters, digits, `-`, `.`, `_`, `:`. */
function isHostCode(code: number): boolean {
  const lower = code | 32;
  if (lower >= 97 && lower <= 122) return true;
  return (code >= 48 && code <= 58) || code === 45 || code === 46 || code === 95;
}
