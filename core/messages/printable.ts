/**
 * What a terminal, a mail reader or a page could obey or hide rather than show: controls, escape sequences,
 * direction overrides, zero-width and other invisible characters, line separators, halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const UNSAFE_ALL = new RegExp(UNSAFE.source, 'gu');
const PLAIN_ASCII = /^[\x20-\x7e]*$/;

/** A lead byte's number of continuation bytes, and the least code point it may encode (no overlong forms). */
const SEQUENCES = [
  { mask: 0xe0, lead: 0xc0, more: 1, least: 0x80 },
  { mask: 0xf0, lead: 0xe0, more: 2, least: 0x800 },
  { mask: 0xf8, lead: 0xf0, more: 3, least: 0x10000 },
] as const;

/**
 * Makes a byte string of a log fit to show: decoded as UTF-8, with bytes that are no UTF-8 as `\xHH` and every
 * control or invisible character as `\xHH` or `\u{H}`. A result longer than `maxLength` ends in `…`.
 */
export function printable(bytes: string, options: { maxLength?: number } = {}): string {
  const maxLength = options.maxLength ?? Number.POSITIVE_INFINITY;
  if (PLAIN_ASCII.test(bytes)) {
    return bytes.length <= maxLength ? bytes : `${bytes.slice(0, Math.max(0, maxLength - 1))}…`;
  }
  const shown: string[] = [];
  let length = 0;
  for (let at = 0; at < bytes.length && length <= maxLength; ) {
    const decoded = decodeAt(bytes, at);
    const text = decoded === null ? escapeByte(bytes.charCodeAt(at)) : safe(decoded.character);
    shown.push(text);
    length += text.length;
    at += decoded?.bytes ?? 1;
  }
  return length <= maxLength ? shown.join('') : cutPieces(shown, maxLength);
}

/** The same for text that is decoded already; applying it twice changes nothing more. */
export function printableText(text: string): string {
  return PLAIN_ASCII.test(text) ? text : text.replace(UNSAFE_ALL, escapeCharacter);
}

/** One character of a byte string, or `null` where the bytes are no UTF-8. */
function decodeAt(bytes: string, at: number): { character: string; bytes: number } | null {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) {
    return { character: bytes.charAt(at), bytes: 1 };
  }
  const sequence = SEQUENCES.find(({ mask, lead }) => (first & mask) === lead);
  if (sequence === undefined || first > 0xff) {
    return null;
  }
  let point = first & ~sequence.mask & 0xff;
  for (let next = at + 1; next <= at + sequence.more; next++) {
    const byte = bytes.charCodeAt(next);
    if (Number.isNaN(byte) || (byte & ~0x3f) !== 0x80) {
      return null;
    }
    point = (point << 6) | (byte & 0x3f);
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < sequence.least || point > 0x10ffff || isSurrogate) {
    return null;
  }
  return { character: String.fromCodePoint(point), bytes: sequence.more + 1 };
}

function safe(character: string): string {
  return UNSAFE.test(character) ? escapeCharacter(character) : character;
}

function escapeCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point < 0x80 ? escapeByte(point) : `\\u{${point.toString(16).toUpperCase()}}`;
}

function escapeByte(byte: number): string {
  return byte > 0xff
    ? `\\u{${byte.toString(16).toUpperCase()}}`
    : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** As many whole pieces as fit before a `…`, so that no escape and no surrogate pair is cut in two. */
function cutPieces(pieces: readonly string[], maxLength: number): string {
  let length = 0;
  let count = 0;
  for (const piece of pieces) {
    if (length + piece.length > maxLength - 1) {
      break;
    }
    length += piece.length;
    count += 1;
  }
  return `${pieces.slice(0, count).join('')}…`;
}
