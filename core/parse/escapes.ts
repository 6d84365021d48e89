/**
 * Undoes what NGINX's `log_format … escape=…` does to a value (http/modules/ngx_http_log_module.c
 * `ngx_http_log_escape`, core/ngx_string.c `ngx_escape_json`). Text that is not escaped comes back as it is.
 */
import { hexAt, utf8Bytes } from './byte-string.ts';

/** How a `log_format` escapes its values. */
export const ESCAPES = ['default', 'json', 'none'] as const;
export type Escape = (typeof ESCAPES)[number];

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** The value as it was before it was logged, as a byte string. */
export function unescapeValue(value: string, how: Escape): string {
  if (how === 'default') return unescapeDefault(value);
  return how === 'json' ? unescapeJson(value) : value;
}

/** `\xHH` to the byte it stands for. */
export function unescapeDefault(value: string): string {
  // One character is found much faster than two, and almost no value has a backslash.
  if (value.indexOf('\\') < 0) return value;
  let text = '';
  let from = 0;
  for (let next = value.indexOf('\\x'); next >= 0; next = value.indexOf('\\x', next)) {
    const byte = hexAt(value, next + 2, 2);
    if (byte >= 0) {
      text += value.slice(from, next) + String.fromCharCode(byte);
      from = next + 4;
    }
    next = Math.max(from, next + 2);
  }
  return text + value.slice(from);
}

/**
 * The inside of a JSON string to bytes: `\u` escapes become UTF-8, raw bytes stay. Takes NGINX's `\xHH` too,
 * for JSON written by a `log_format` without `escape=json`. A broken escape stands for its own letter.
 */
export function unescapeJson(value: string): string {
  let next = value.indexOf('\\');
  if (next < 0) return value;
  let text = '';
  let from = 0;
  for (; next >= 0; next = value.indexOf('\\', from)) {
    const letter = value.charAt(next + 1);
    const end = next + escapeLength(value, next, letter);
    text += value.slice(from, next) + escapedText(value, next, letter, end);
    from = end;
  }
  return text + value.slice(from);
}

/** The length of the escape at `at`: 12 for a surrogate pair, 6, 4, 2, or 1 for a backslash at the end. */
function escapeLength(value: string, at: number, letter: string): number {
  if (letter === 'x') return hexAt(value, at + 2, 2) < 0 ? 2 : 4;
  if (letter !== 'u') return letter === '' ? 1 : 2;
  const unit = hexAt(value, at + 2, 4);
  if (unit < 0) return 2;
  const isHigh = unit >= 0xd800 && unit < 0xdc00 && value.startsWith('\\u', at + 6);
  const low = isHigh ? hexAt(value, at + 8, 4) : -1;
  return low >= 0xdc00 && low <= 0xdfff ? 12 : 6;
}

function escapedText(value: string, at: number, letter: string, end: number): string {
  if (end - at === 4) return String.fromCharCode(hexAt(value, at + 2, 2));
  if (end - at === 6) return utf8Bytes(hexAt(value, at + 2, 4));
  if (end - at === 12) {
    const high = hexAt(value, at + 2, 4) - 0xd800;
    return utf8Bytes(0x10000 + high * 1024 + hexAt(value, at + 8, 4) - 0xdc00);
  }
  return SHORT_ESCAPES.get(letter) ?? letter;
}
