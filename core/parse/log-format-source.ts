/** Reads a `log_format` as people have it: the bare string, or the directive pasted from nginx.conf. */
import { AppError } from '../errors.ts';
import { ESCAPES, type Escape } from './escapes.ts';

/** A format as it was given. */
export type FormatSource = {
  /** The parts of the format in one string. */
  readonly text: string;
  /** From `escape=…` in the directive. */
  readonly escape: Escape | null;
};

/** A literal text or a variable's name. */
export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string };

const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g;
const CONTROL_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['r', '\r'],
  ['n', '\n'],
]);

/**
 * The format in `source`, which is a format string, or a directive
 * `log_format name escape=json '…' '…';` with or without its first words.
 */
export function readFormatSource(source: string): FormatSource {
  const trimmed = source.trim();
  const isDirective = /^log_format\s/.test(trimmed);
  if (!isDirective && !trimmed.startsWith('escape=') && !trimmed.startsWith("'")) {
    return { text: trimmed, escape: null };
  }
  const words = readWords(trimmed).slice(isDirective ? 2 : 0);
  const first = words[0] ?? '';
  if (!first.startsWith('escape=')) return { text: words.join(''), escape: null };
  return { text: words.slice(1).join(''), escape: readEscape(first.slice('escape='.length)) };
}

/** One of NGINX's three ways to escape, or an `AppError` that names them. */
export function readEscape(name: string): Escape {
  const found = ESCAPES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new AppError(
    'BadLogFormat',
    `unknown escape "${name}" in the log format: use ${ESCAPES.join(', ')}`,
  );
}

/** The literals and variables of a format, in order. */
export function splitFormat(text: string): readonly FormatPart[] {
  const parts: FormatPart[] = [];
  let from = 0;
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) });
    parts.push({ kind: 'variable', name: match[1] ?? match[2] ?? '' });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/** The words of a directive, unquoted, up to its `;` (nginx core/ngx_conf_file.c `ngx_conf_read_token`). */
function readWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length && text.charAt(at) !== ';') {
    const char = text.charAt(at);
    if (/\s/.test(char)) at++;
    else if (char === '#') at = endOfLine(text, at);
    else {
      const end = char === '"' || char === "'" ? endOfQuoted(text, at) : endOfWord(text, at);
      words.push(unquote(text.slice(at, end)));
      at = end;
    }
  }
  return words;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function endOfWord(text: string, at: number): number {
  let end = at;
  while (end < text.length && !/[\s;]/.test(text.charAt(end))) end++;
  return end;
}

function endOfQuoted(text: string, at: number): number {
  const quote = text.charAt(at);
  for (let end = at + 1; end < text.length; end++) {
    const char = text.charAt(end);
    if (char === '\\') end++;
    else if (char === quote) return end + 1;
  }
  throw new AppError(
    'BadLogFormat',
    `the log format has no closing ${quote} for the one before "${text.slice(at + 1, at + 21)}"`,
  );
}

function unquote(word: string): string {
  const isQuoted = word.startsWith('"') || word.startsWith("'");
  const inside = isQuoted ? word.slice(1, -1) : word;
  return inside.replace(/\\(["'\\trn])/g, (_, char: string) => CONTROL_ESCAPES.get(char) ?? char);
}
