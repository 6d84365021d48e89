/** Names of things that are secret, or of addresses of clients: `password=`, `"api_key": `, `X-Forwarded-For: `. */
import { CODE, isAlphanumeric, isKeyCharacter, isQuote } from './characters.ts';

/** `line`: all of the rest of the line is its value (`Cookie: a=b; c=d`); `client`: addresses are. */
export type KeyKind = 'word' | 'line' | 'client';

type Word = {
  readonly word: string;
  readonly kind: KeyKind;
  /** Counts as a word of its own only: `DB_PASS`, not `bypass`. */
  readonly isWhole: boolean;
  /** Not before the colon of a sentence: `bad signature: …`. */
  readonly isAssigned: boolean;
};

function words(kind: KeyKind, list: string, more: Partial<Word> = {}): Word[] {
  const common = { kind, isWhole: false, isAssigned: false, ...more };
  return list.split(' ').map((word) => ({ ...common, word }));
}

const WORDS: readonly Word[] = [
  ...words('word', 'password passwd passphrase pwd secret token apikey secretkey accesskey'),
  ...words('word', 'privatekey authkey signingkey encryptionkey sessionid sessid sessionkey jwt'),
  ...words('word', 'csrf xsrf'),
  ...words('word', 'pass sid', { isWhole: true }),
  ...words('word', 'signature credential credentials', { isAssigned: true }),
  ...words('word', 'sig otp pin auth passcode', { isWhole: true, isAssigned: true }),
  ...words('line', 'authorization cookie'),
  ...words('client', 'client clientip clientaddr clientaddress remoteaddr remoteip realip', {
    isWhole: true,
  }),
  ...words('client', 'forwarded forwardedfor connectingip', { isWhole: true }),
  ...words('client', 'for', { isWhole: true, isAssigned: true }),
];

/** By their last two letters: hardly any other word ends so. */
const BY_END: ReadonlyMap<number, readonly Word[]> = indexWords();

function indexWords(): Map<number, Word[]> {
  const index = new Map<number, Word[]>();
  for (const word of WORDS) {
    const end = endCode(word.word, word.word.length);
    index.set(end, [...(index.get(end) ?? []), word]);
  }
  return index;
}

/** The last two letters before `end`, in lower case, in one number. */
function endCode(text: string, end: number): number {
  return ((text.charCodeAt(end - 2) | 32) << 8) | text.charCodeAt(end - 1) | 32;
}

/** No key is longer. */
const LONGEST_KEY = 64;
const MOST_BLANKS = 2;

/** The kind of the key that ends before the `=`, `:` or `,` at `at`; `null`: its value is nobody's business to hide. */
export function keyKindBefore(text: string, at: number, extra: readonly string[]): KeyKind | null {
  let end = at;
  while (at - end < MOST_BLANKS && text.charCodeAt(end - 1) === CODE.blank) end--;
  if (text.charCodeAt(end - 1) === CODE.bracketEnd) end--;
  const isQuoted = isQuote(text.charCodeAt(end - 1));
  if (isQuoted) end--;
  if (isQuoted && text.charCodeAt(end - 1) === CODE.backslash) end--;
  const isAssigned = isQuoted || text.charCodeAt(at) === CODE.equals;
  if (!isQuoted && text.charCodeAt(at) === CODE.comma) return null;
  if (extra.length > 0 && isExtra(text, end, extra)) return 'word';
  const candidates = BY_END.get(endCode(text, end));
  if (candidates === undefined) return null;
  const found = candidates.find(
    (word) => (isAssigned || !word.isAssigned) && ends(text, end, word),
  );
  return found?.kind ?? null;
}

/** Whether the word ends at `end`; `_` and `-` inside of it do not matter, nor does its case. */
function ends(text: string, end: number, { word, isWhole }: Word): boolean {
  let at = end - 1;
  for (let left = word.length - 1; left >= 0; at--) {
    const code = text.charCodeAt(at);
    if ((code | 32) === word.charCodeAt(left)) left--;
    else if (left === word.length - 1 || (code !== CODE.underscore && code !== CODE.dash)) {
      return false;
    }
  }
  return !isWhole || !isAlphanumeric(text.charCodeAt(at));
}

function isExtra(text: string, end: number, extra: readonly string[]): boolean {
  let from = end;
  while (end - from < LONGEST_KEY && isKeyCharacter(text.charCodeAt(from - 1))) from--;
  const key = plainKey(text.slice(from, end));
  return key !== '' && extra.some((name) => plainKey(name) === key);
}

/** Without case and separators: `Card-Number` is `card_number`. */
function plainKey(key: string): string {
  return key.toLowerCase().replaceAll('_', '').replaceAll('-', '');
}
