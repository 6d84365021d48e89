/** Where queries, values and mail addresses begin and end in a text. */
import {
  CODE,
  isAlphanumeric,
  isClosingAt,
  isDomainCharacter,
  isEscapeAt,
  isLocalPart,
  isQuote,
} from './characters.ts';

export type Extent = { readonly from: number; readonly to: number };

/** The end of a query that starts at `from`: a blank, or a quote or bracket that closes what is around it. */
export function endOfQuery(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Not at a `<`: NGINX logs one in a query as it came, and what follows it is still the query.
    if (code <= CODE.blank || (canClose(code) && isClosingAt(text, at))) break;
    if (code === CODE.backslash && endsAtEscape(text, at)) break;
  }
  return at;
}

/** `"`, `'`, `)`, `]`, `}`, `>`. */
function canClose(code: number): boolean {
  return (
    isQuote(code) || code === 41 || code === CODE.bracketEnd || code === 125 || code === CODE.more
  );
}

function endsAtEscape(text: string, at: number): boolean {
  return isEscapeAt(text, at, 'nrt') || (isEscapeAt(text, at, '"\'') && isClosingAt(text, at));
}

/** The value after the `=`, `:`, `=>` or `,` at `at`, without the quotes around it; `isLine`: all of the line's rest. */
export function valueAfter(text: string, at: number, isLine: boolean): Extent {
  let from = at + 1;
  if (text.charCodeAt(from) === CODE.more) from++;
  while (from - at < 4 && text.charCodeAt(from) === CODE.blank) from++;
  // b'…', u'…'
  if (isAlphanumeric(text.charCodeAt(from)) && text.charCodeAt(from + 1) === CODE.apostrophe)
    from++;
  if (isEscapeAt(text, from, '"\'')) return { from: from + 2, to: endOfEscaped(text, from + 2) };
  const quote = text.charCodeAt(from);
  if (isQuote(quote)) return { from: from + 1, to: endOfQuoted(text, from + 1, quote) };
  return { from, to: isLine ? endOfLineValue(text, from) : endOfBare(text, from) };
}

function endOfQuoted(text: string, from: number, quote: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote || code === CODE.lineFeed) break;
    if (code === CODE.backslash) at++;
  }
  return Math.min(at, text.length);
}

/** Before `\"`, or before the quote or line that is around all of it. */
function endOfEscaped(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === CODE.quote || code === CODE.lineFeed || isEscapeAt(text, at, '"\'')) break;
  }
  return at;
}

function endOfLineValue(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === CODE.lineFeed || isEscapeAt(text, at, 'nr"\'')) break;
    if (!isQuote(code)) continue;
    // nonce="…" is part of it, any other quote is around it.
    if (text.charCodeAt(at - 1) !== CODE.equals) break;
    at = endOfQuoted(text, at + 1, code);
  }
  return Math.min(at, text.length);
}

const BARE_ENDS = new Set([...' \t\r\n"\'&;<>)]}\\'].map((one) => one.charCodeAt(0)));

function endOfBare(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (BARE_ENDS.has(code)) break;
    if (code === CODE.comma && !isAlphanumeric(text.charCodeAt(at + 1))) break;
  }
  return at;
}

/** The end of a list of addresses: `203.0.113.9, 10.0.0.1`, also as `for=` writes it. */
export function endOfAddresses(text: string, from: number): number {
  let at = from;
  while (at < text.length && ADDRESS_CODES.has(text.charCodeAt(at))) at++;
  return at;
}

const ADDRESS_CODES = new Set(
  [...'0123456789abcdefABCDEF.:,x[]=>"\' \\'].map((c) => c.charCodeAt(0)),
);

const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 253;
/** `shop@blue.service` is a unit of systemd. */
const UNIT_TYPES = new Set(
  'service socket target timer slice scope mount automount device path swap'.split(' '),
);

/** The mail address around the `@` (or `%40`, `width` 3) at `at`, not before `least`; `null` when it is none. */
export function mailAround(text: string, at: number, width: number, least: number): Extent | null {
  const from = startOfLocal(text, at, least);
  if (from === at) return null;
  const start = at + width;
  let to = start;
  while (to - start < LONGEST_DOMAIN && isDomainCharacter(text.charCodeAt(to))) to++;
  while (to > start && !isTopLevelEnd(text.charCodeAt(to - 1))) to--;
  const dot = lastBetween(text, CODE.point, start, to);
  if (dot <= start || to - dot < 3 || !isName(text, dot + 1, to)) return null;
  return UNIT_TYPES.has(text.slice(dot + 1, to)) ? null : { from, to };
}

export function startOfLocal(text: string, at: number, least: number): number {
  let from = at;
  while (from > least && at - from < LONGEST_LOCAL && isLocalPart(text.charCodeAt(from - 1)))
    from--;
  return from;
}

function isTopLevelEnd(code: number): boolean {
  return code !== CODE.dash && code !== CODE.point;
}

/** Letters, of whatever script; `xn--p1ai` is one, too. */
function isName(text: string, from: number, to: number): boolean {
  if (text.startsWith('xn--', from)) return true;
  const isAscii = text.charCodeAt(from) <= 127;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const lower = code | 32;
    if (isAscii ? lower < 97 || lower > 122 : code <= 127) return false;
  }
  return true;
}

/** The `@` after the `user:password` at `from`, or -1. */
export function endOfUserinfo(text: string, from: number): number {
  const end = endOfAuthority(text, from);
  const sign = lastBetween(text, CODE.at, from, end);
  if (sign >= 0) return sign;
  const colon = lastBetween(text, CODE.colon, from, end);
  if (colon < 0 || isPort(text, colon + 1, end)) return -1;
  // Only a password can stand where a port should: it has a character that ends an authority.
  for (let at = end; at < text.length && !isWordEnd(text.charCodeAt(at)); at++) {
    if (text.charCodeAt(at) === CODE.at) return at;
  }
  return -1;
}

/** Not `lastIndexOf`, which would look at all of the text before. */
function lastBetween(text: string, code: number, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) if (text.charCodeAt(at) === code) return at;
  return -1;
}

function endOfAuthority(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // `/`, `?`, `#`
    if (isWordEnd(code) || code === CODE.slash || code === CODE.question || code === 35) break;
  }
  return at;
}

function isWordEnd(code: number): boolean {
  return code <= CODE.blank || isQuote(code);
}

function isPort(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
