/** Controls, direction overrides, separators: all that a terminal obeys or hides rather than shows. */
const CONTROL = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff\u200b]/u;
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** The first control character of a text for a terminal, in words; line breaks and our colours are none. */
function findControl(text: string): string | null {
  const found = CONTROL.exec(text.replace(COLOUR, '').replaceAll('\n', ''));
  if (found === null) return null;
  const code = found[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const around = JSON.stringify(found.input.slice(Math.max(0, found.index - 20), found.index + 20));
  return `U+${code} in ${around}`;
}

/** Throws when a text for a terminal holds a control character. */
export function assertPrintable(what: string, text: string): void {
  const found = findControl(text);
  if (found !== null) throw new Error(`${what} holds ${found}`);
}
