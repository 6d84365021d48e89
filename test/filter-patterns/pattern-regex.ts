import { PatternError, type Reading } from './pattern.ts';

/** Letters, digits, the symbols and operators of the documentation; the blank stands in its examples. */
const ALLOWED = /^[A-Za-z0-9 :_#=@/;,^$?[\]{}|\\*+.-]*$/;
const ESCAPE = /\\(?:x[0-9A-Fa-f]{2}|[dDsSwW]|[:_#=@/;,^$?[\]{}|\\*+.-])?/g;

/** The text between two `%` as a regular expression; no groups, no look-around, no other escapes. */
export function compileRegex(source: string, reading: Reading): RegExp {
  const wrong = Array.from(source).find((char) => !ALLOWED.test(char));
  if (wrong !== undefined) throw new PatternError(`"${wrong}" in a regular expression`);
  if (source === '') throw new PatternError('an empty regular expression');
  for (const [found] of source.matchAll(ESCAPE)) {
    if (found === '\\') throw new PatternError('an escape that is not supported');
  }
  try {
    return new RegExp(source, reading === 'lenient' ? 'ums' : 'u');
  } catch (cause) {
    throw new PatternError(`a malformed regular expression: ${source}`, { cause });
  }
}
