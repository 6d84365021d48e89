/** The digit at `at`, or -1: what is there is no digit, or the text has ended. */
export function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** The number written in exactly two digits at `at`, or -1. */
export function twoDigitsAt(text: string, at: number): number {
  const tens = digitAt(text, at);
  const ones = digitAt(text, at + 1);
  return tens < 0 || ones < 0 ? -1 : tens * 10 + ones;
}

/** The index of the first character at or after `from` that is no digit. */
export function endOfDigits(text: string, from: number): number {
  let at = from;
  while (digitAt(text, at) >= 0) at++;
  return at;
}

/** The number written in the digits from `at` to `end`; not exact past 2^53. */
export function numberAt(text: string, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

/** The value of the hexadecimal digit with this character code, or -1. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** The value of `count` hexadecimal digits at `at`, or -1 when one of them is missing. */
export function hexAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = i < text.length ? hexValue(text.charCodeAt(i)) : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** A whole number written in digits alone, or `null`: empty, `-`, signs, fractions and numbers past 2^53. */
export function parseCount(text: string): number | null {
  if (text.length === 0 || endOfDigits(text, 0) !== text.length) return null;
  const value = numberAt(text, 0, text.length);
  return value <= Number.MAX_SAFE_INTEGER ? value : null;
}

/** One Unicode code point as UTF-8, one character a byte; half a surrogate pair becomes U+FFFD. */
export function utf8Bytes(codePoint: number): string {
  if (codePoint < 0x80) return String.fromCharCode(codePoint);
  if (codePoint < 0x800) {
    return String.fromCharCode(0xc0 | (codePoint >> 6), 0x80 | (codePoint & 63));
  }
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return '\xef\xbf\xbd';
  const low = 0x80 | (codePoint & 63);
  const middle = 0x80 | ((codePoint >> 6) & 63);
  if (codePoint < 0x10000) return String.fromCharCode(0xe0 | (codePoint >> 12), middle, low);
  return String.fromCharCode(
    0xf0 | (codePoint >> 18),
    0x80 | ((codePoint >> 12) & 63),
    middle,
    low,
  );
}

/**
 * The same text in memory of its own. V8 keeps the whole parent of a sliced string alive, so whatever
 * outlives its line (a cache key, a counter's name) goes through here first.
 */
export function detach(text: string): string {
  return text.length < 13 ? text : `\0${text}`.slice(1);
}
