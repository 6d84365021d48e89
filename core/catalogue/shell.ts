/**
 * One shell word that the shell reads back as `text`, whatever it holds: what needs no quotes stays bare, everything
 * else is single-quoted. Control, formatting and line-breaking characters are removed, so a word is always one line.
 *
 * `/reports/77` → `/reports/77`, `it's $(here)` → `'it'\''s $(here)'`
 */
export function shellQuote(text: string): string {
  const visible = text.replace(INVISIBLE, '');
  return BARE.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}

/** Control (Cc), formatting such as bidi overrides (Cf), lone surrogates (Cs), line and paragraph separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** No `~` and no `=` at the start: bash and zsh expand them there. */
const BARE = /^[\w./:@%+,-][\w./:@%+,=-]*$/;
