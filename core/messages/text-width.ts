const COMBINING = /\p{M}/u;
const PLAIN_ASCII = /^[\x20-\x7e]*$/;
/** East Asian wide and fullwidth characters, and emoji, which terminals draw two columns wide. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** The columns a terminal needs for a printable text. */
export function textWidth(text: string): number {
  if (PLAIN_ASCII.test(text)) {
    return text.length;
  }
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
  }
  return width;
}

/** The text with spaces up to a width; a longer text is left alone. */
export function padText(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** The start of a text, no wider than `width`, with `mark` where the rest was. */
export function cutEnd(text: string, width: number, mark: string): string {
  return textWidth(text) <= width ? text : takeStart(text, width - mark.length) + mark;
}

/** The end of a text, no wider than `width`: of a path, the file's name. */
export function cutStart(text: string, width: number, mark: string): string {
  return textWidth(text) <= width ? text : mark + takeEnd(text, width - mark.length);
}

/** Start and end of a text, two thirds and one third, no wider than `width`. */
export function cutMiddle(text: string, width: number, mark: string): string {
  if (textWidth(text) <= width) {
    return text;
  }
  const room = Math.max(0, width - mark.length);
  const start = takeStart(text, Math.ceil((room * 2) / 3));
  return start + mark + takeEnd(text, room - textWidth(start));
}

/** As many whole characters from the start as fit into `width`. */
export function takeStart(text: string, width: number): string {
  let taken = 0;
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) {
      break;
    }
    taken += character.length;
  }
  return text.slice(0, taken);
}

function takeEnd(text: string, width: number): string {
  const tail = text.slice(-2 * Math.max(0, width) - 2);
  const characters = [...tail.replace(/^[\udc00-\udfff]/, '')];
  let used = 0;
  let first = characters.length;
  while (first > 0 && used + characterWidth(characters[first - 1] ?? '') <= width) {
    used += characterWidth(characters[first - 1] ?? '');
    first -= 1;
  }
  return characters.slice(first).join('');
}

function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') {
    return 1;
  }
  if (COMBINING.test(character)) {
    return 0;
  }
  return WIDE.test(character) ? 2 : 1;
}
