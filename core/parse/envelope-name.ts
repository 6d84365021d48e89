/** Wrappers that put a name before the line: Docker Compose, supervisor, `kubectl logs --prefix`. */
import { parseCount } from './byte-string.ts';
import type { Layer } from './envelope.ts';

const LONGEST_NAME = 128;

/**
 * `web-1  | text` (Compose pads names to one width: with two blanks or more where it has no colour, but for
 * `web_1 | ` of its first versions) and `gunicorn stderr | text` (supervisor's stdout listener).
 */
export function peelName(text: string, isColoured: boolean): Layer | null {
  let end = 0;
  while (end < LONGEST_NAME && isNameCode(text.charCodeAt(end))) end++;
  if (end === 0 || text.charCodeAt(end) !== 32) return null;
  if (text.startsWith(' stdout | ', end) || text.startsWith(' stderr | ', end)) {
    return { text: text.slice(end + 10), tag: text.slice(0, end) };
  }
  let bar = end;
  while (bar < LONGEST_NAME && text.charCodeAt(bar) === 32) bar++;
  if (text.charCodeAt(bar) !== 124) return null;
  const tag = text.slice(0, end);
  const isSure = isColoured || bar - end > 1 || isFirstCompose(tag);
  if (!isSure) return null;
  const from = text.charCodeAt(bar + 1) === 32 ? bar + 2 : bar + 1;
  return { text: text.slice(from), tag };
}

/** `web_1`, which is no host name: those have no `_`. */
function isFirstCompose(tag: string): boolean {
  const underscore = tag.lastIndexOf('_');
  return underscore > 0 && parseCount(tag.slice(underscore + 1)) !== null;
}

/** `[pod/shop-7d9f/nginx] text`. */
export function peelPod(text: string): Layer | null {
  const end = text.startsWith('[pod/') ? text.indexOf('] ') : -1;
  if (end < 0) return null;
  const [, host, tag] = text.slice(1, end).split('/');
  return host && tag ? { text: text.slice(end + 2), host, tag } : null;
}

/** Letters, digits, `-`, `.`, `_`, and the `:` of a supervisor group. */
function isNameCode(code: number): boolean {
  const lower = code | 32;
  if (lower >= 97 && lower <= 122) return true;
  return (code >= 48 && code <= 58) || code === 45 || code === 46 || code === 95;
}
