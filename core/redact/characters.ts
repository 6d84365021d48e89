/** What a character is to a reader of secrets, by its code; codes past 255 are nothing special. */
export const CODE = {
  tab: 9,
  lineFeed: 10,
  blank: 32,
  quote: 34,
  percent: 37,
  ampersand: 38,
  apostrophe: 39,
  open: 40,
  star: 42,
  comma: 44,
  dash: 45,
  point: 46,
  slash: 47,
  colon: 58,
  semicolon: 59,
  less: 60,
  equals: 61,
  more: 62,
  question: 63,
  at: 64,
  backslash: 92,
  bracketEnd: 93,
  underscore: 95,
} as const;

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

const ALNUM = setOf(ALPHANUMERIC);
/** What the scanner does at a character: most are part of a run, or nothing. */
export const ACT = { none: 0, run: 1, slash: 2, wordEnd: 3, blank: 4, point: 5, take: 6 } as const;

/** By code; a run is what tokens are made of, letters and digits and what joins them. */
export const ACTS = makeActs();

function makeActs(): Uint8Array {
  const acts = new Uint8Array(256);
  const set = (characters: string, act: number) => {
    for (const character of characters) acts[character.charCodeAt(0)] = act;
  };
  set(`${ALPHANUMERIC}_-+`, ACT.run);
  set('\t\n"\'(;<>', ACT.wordEnd);
  set('%&,:=?@', ACT.take);
  set('/', ACT.slash);
  set(' ', ACT.blank);
  set('.', ACT.point);
  return acts;
}

const CLOSERS = setOf(' \t\n\r",;:)]}>\'\\');
const LOCAL_PART = setOf(`${ALPHANUMERIC}._%+-`);

export function isAlphanumeric(code: number): boolean {
  return ALNUM[code] === 1;
}

/** Of a key's name. */
export function isKeyCharacter(code: number): boolean {
  return ALNUM[code] === 1 || code === CODE.underscore || code === CODE.dash;
}

/** Of what stands before the `@` of a mail address; bytes past ASCII are letters of other scripts. */
export function isLocalPart(code: number): boolean {
  return LOCAL_PART[code] === 1 || code > 127;
}

export function isDomainCharacter(code: number): boolean {
  return ALNUM[code] === 1 || code === CODE.dash || code === CODE.point || code > 127;
}

export function isQuote(code: number): boolean {
  return code === CODE.quote || code === CODE.apostrophe;
}

/** Whether a quote (escaped or not) at `at` closes what it is around: nothing that could go on follows. */
export function isClosingAt(text: string, at: number): boolean {
  const after = text.charCodeAt(text.charCodeAt(at) === CODE.backslash ? at + 2 : at + 1);
  return Number.isNaN(after) || CLOSERS[after] === 1;
}

/** Whether `\"`, `\'`, `\n`, `\r` or `\t` stands at `at`. */
export function isEscapeAt(text: string, at: number, escaped: string): boolean {
  return text.charCodeAt(at) === CODE.backslash && escaped.includes(text.charAt(at + 1) || '\0');
}

/** Whether everything from `from` to `to` is stars: taken out before. */
export function isHidden(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) !== CODE.star) return false;
  return true;
}
