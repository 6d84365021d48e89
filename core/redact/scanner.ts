/** Goes through a text once, from left to right, and leaves secrets out. */
import { digitAt } from '../parse/byte-string.ts';
import type { Redaction, TextRules } from '../redact.ts';
import {
  type FoundAddress,
  ipv4Around,
  ipv6Around,
  isLoopback,
  isPrivate,
  mayBeIpv6,
} from './addresses.ts';
import {
  ACT,
  ACTS,
  CODE,
  isAlphanumeric,
  isEscapeAt,
  isHidden,
  isKeyCharacter,
  isQuote,
} from './characters.ts';
import {
  endOfAddresses,
  endOfQuery,
  endOfUserinfo,
  mailAround,
  startOfLocal,
  valueAfter,
} from './extents.ts';
import { keyKindBefore } from './keys.ts';
import { markOf } from './mark.ts';
import { endOfJwt, isTokenCode, looksSecret, SHORTEST_SECRET } from './runs.ts';

const HIDDEN = '***';

/** Values that are none: it matters to whoever reads a traceback. */
const NO_VALUES = new Set(['None', 'null', 'true', 'false', 'True', 'False', 'undefined']);
const LONGEST_NO_VALUE = 9;
/** Of a token after `Bearer `; shorter words are of a sentence. */
const SHORTEST_TOKEN = 8;

export class Scanner {
  readonly #text: string;
  readonly #redaction: Redaction;
  readonly #rules: TextRules;
  readonly #hasKeys: boolean;
  #out = '';
  /** Up to here the text is in `#out`. */
  #done = 0;
  /** The last thing in `#out` stands for something hidden. */
  #hiddenAt = -1;
  /** Where the word began: after a blank, a quote or the like. */
  #wordAt = 0;
  #slashAt = -1;
  #equalsAt = -1;
  /** The value of a cookie ended here: the next `name=` is another's. */
  #cookieAt = -1;
  /** What may be a cookie's value reaches to here. */
  #valueUntil = -1;
  /** Addresses before it are clients'. */
  #clientsUntil = -1;

  constructor(text: string, redaction: Redaction, rules: TextRules) {
    this.#text = text;
    this.#redaction = redaction;
    this.#rules = rules;
    this.#hasKeys = redaction.tokens || redaction.addresses || redaction.extra.length > 0;
  }

  run(): string {
    const text = this.#text;
    let runAt = 0;
    for (let at = 0; at < text.length; ) {
      const code = text.charCodeAt(at);
      const act = ACTS[code];
      if (act === ACT.run) {
        at++;
        continue;
      }
      const runEnd = at - runAt < SHORTEST_SECRET ? at : this.#afterRun(runAt, at);
      at = runEnd > at ? runEnd : this.#act(act, code, { at, runAt });
      runAt = at;
    }
    if (text.length - runAt >= SHORTEST_SECRET) this.#afterRun(runAt, text.length);
    return this.#done === 0 ? text : this.#out + text.slice(this.#done);
  }

  /** Where to go on after the run from `start` to `at`. */
  #afterRun(start: number, at: number): number {
    // The letter of `\n` is not part of what follows it.
    const from = start + (isEscapeAt(this.#text, start - 1, 'nrt') ? 1 : 0);
    if (at - from < SHORTEST_SECRET || !this.#redaction.tokens) return at;
    const jwtEnd = endOfJwt(this.#text, from, at);
    if (jwtEnd > at) return this.#hide(from, jwtEnd);
    if (!looksSecret(this.#text, from, at)) return at;
    let end = at;
    while (this.#text.charCodeAt(end) === CODE.equals && end - at < 2) end++;
    return this.#hide(from, end);
  }

  /** Where to go on after the character at `at`. */
  #act(
    act: number | undefined,
    code: number,
    { at, runAt }: { at: number; runAt: number },
  ): number {
    switch (act) {
      case ACT.slash:
        this.#slashAt = at;
        return at + 1;
      case ACT.wordEnd:
        this.#wordAt = at + 1;
        return at + 1;
      case ACT.blank:
        this.#wordAt = at + 1;
        return at - runAt === 5 || at - runAt === 6 ? this.#takeScheme(runAt, at) : at + 1;
      case ACT.point: {
        const isAddress = digitAt(this.#text, at - 1) >= 0 && digitAt(this.#text, at + 1) >= 0;
        return isAddress ? this.#takeIpv4(at) : at + 1;
      }
      case ACT.take:
        return this.#take(code, at);
      default:
        return at + 1;
    }
  }

  #take(code: number, at: number): number {
    switch (code) {
      case CODE.colon:
        return this.#takeColon(at);
      case CODE.equals:
        return this.#takeEquals(at);
      case CODE.question:
        return this.#takeQuery(at);
      case CODE.ampersand:
        return this.#takeForm(at);
      case CODE.at:
        return this.#takeMail(at, 1);
      case CODE.percent:
        return this.#text.startsWith('40', at + 1) ? this.#takeMail(at, 3) : at + 1;
      default:
        return this.#takePair(at);
    }
  }

  /** `Bearer eyJ…`, `Basic dXNlcjpwYXNz`. */
  #takeScheme(runAt: number, at: number): number {
    if (!this.#redaction.tokens) return at + 1;
    const scheme = this.#text.slice(runAt, at).toLowerCase();
    if (scheme !== 'bearer' && scheme !== 'basic' && scheme !== 'digest') return at + 1;
    let end = at + 1;
    let signs = 0;
    for (let code = this.#text.charCodeAt(end); isTokenCode(code); ) {
      const isLower = code >= 97 && code <= 122;
      if (!isLower && end > at + 1) signs++;
      code = this.#text.charCodeAt(++end);
    }
    const isToken = end - at > SHORTEST_TOKEN && (signs > 0 || end - at > SHORTEST_SECRET);
    return isToken ? this.#hide(at + 1, end) : at + 1;
  }

  #takeColon(at: number): number {
    const end = this.#hasKeys ? this.#takeKey(at) : at + 1;
    if (end > at + 1) return end;
    const isUrl = this.#text.startsWith('//', at + 1);
    if (isUrl) return this.#redaction.tokens ? this.#takeAuthority(at) : at + 1;
    if (!this.#redaction.addresses || !mayBeIpv6(this.#text, at)) return at + 1;
    return this.#takeAddress(ipv6Around(this.#text, at), at);
  }

  #takeEquals(at: number): number {
    this.#equalsAt = at;
    const end = this.#hasKeys ? this.#takeKey(at) : at + 1;
    return end > at + 1 || !this.#redaction.tokens ? end : this.#takeCookie(at);
  }

  /** `user:password@` before a host. */
  #takeAuthority(at: number): number {
    this.#slashAt = at + 2;
    const end = endOfUserinfo(this.#text, at + 3);
    return end < 0 ? at + 3 : this.#hide(at + 3, end);
  }

  #takeKey(at: number): number {
    const kind = keyKindBefore(this.#text, at, this.#redaction.extra);
    if (kind === null) return at + 1;
    if (kind === 'client') {
      if (at >= this.#clientsUntil) this.#clientsUntil = endOfAddresses(this.#text, at + 1);
      return at + 1;
    }
    const { from, to } = valueAfter(this.#text, at, kind === 'line');
    const isSecret = this.#redaction.tokens || this.#redaction.extra.length > 0;
    if (!isSecret || from >= to || isHidden(this.#text, from, to)) return at + 1;
    const isNone = to - from < LONGEST_NO_VALUE + 1 && NO_VALUES.has(this.#text.slice(from, to));
    if (isNone) return to;
    this.#cookieAt = isPairAfter(this.#text, to) ? to + 2 : -1;
    return this.#hide(from, to);
  }

  /** `('cookie', 'a=b')`: headers as Python shows lists of them. */
  #takePair(at: number): number {
    this.#wordAt = at + 1;
    const before = this.#text.charCodeAt(at - 1);
    return this.#hasKeys && isQuote(before) ? this.#takeKey(at) : at + 1;
  }

  /** `a=1; b=2`, of which each value is a secret that nobody knows the name of. */
  #takeCookie(at: number): number {
    // `a=b=c=`: within a value, and looked at before.
    if (at < this.#valueUntil) return at + 1;
    const { from, to } = valueAfter(this.#text, at, false);
    this.#valueUntil = to;
    const isNext = this.#cookieAt >= 0 && isNameFrom(this.#text, this.#cookieAt, at);
    const isMore = isPairAfter(this.#text, to);
    if (from !== at + 1 || (!isNext && !isMore)) return at + 1;
    this.#cookieAt = isMore ? to + 2 : -1;
    return from < to && !isHidden(this.#text, from, to) ? this.#hide(from, to) : at + 1;
  }

  #takeQuery(at: number): number {
    const from = at + 1;
    if (!this.#redaction.queries || this.#slashAt < this.#wordAt) return from;
    const to = endOfQuery(this.#text, from);
    if (to === from || isHidden(this.#text, from, to)) return to;
    const query = this.#text.slice(from, to);
    if (this.#rules.queries === 'hide') return this.#hide(from, to);
    return this.#replace(from, to, markOf(query));
  }

  /** `a=1&b=2` without a question mark: `$args`, or a body. */
  #takeForm(at: number): number {
    const isForm = this.#equalsAt >= this.#wordAt && this.#redaction.queries;
    if (!isForm) return at + 1;
    const to = endOfQuery(this.#text, at);
    return this.#hide(this.#wordAt, to);
  }

  #takeMail(at: number, width: number): number {
    if (this.#redaction.emails) {
      const mail = mailAround(this.#text, at, width, this.#done);
      if (mail !== null) return this.#hide(mail.from, mail.to);
    }
    // user:password@host
    const from = startOfLocal(this.#text, at, this.#done);
    const isPassword =
      from < at &&
      this.#text.charCodeAt(from - 1) === CODE.colon &&
      isAlphanumeric(this.#text.charCodeAt(from - 2)) &&
      isAlphanumeric(this.#text.charCodeAt(at + width));
    return isPassword && this.#redaction.tokens ? this.#hide(from, at) : at + 1;
  }

  #takeIpv4(at: number): number {
    return this.#redaction.addresses ? this.#takeAddress(ipv4Around(this.#text, at), at) : at + 1;
  }

  #takeAddress(found: FoundAddress | null, at: number): number {
    if (found === null || found.from < this.#done) return at + 1;
    const address = this.#text.slice(found.from, found.to);
    if (!this.#isClients(address, found.from)) return found.to;
    const network = this.#text.slice(found.from, found.network);
    return this.#replace(found.from, found.to, `${network}x`);
  }

  #isClients(address: string, from: number): boolean {
    if (isLoopback(address) || this.#rules.keep.includes(address)) return false;
    if (from < this.#clientsUntil) return true;
    if (isServers(this.#text, from)) return false;
    return this.#rules.addresses === 'all' || !isPrivate(address);
  }

  #hide(from: number, to: number): number {
    return this.#replace(from, to, HIDDEN);
  }

  #replace(from: number, to: number, by: string): number {
    const start = Math.max(from, this.#done);
    // One thing hidden right after another: once is enough.
    const isAgain = by === HIDDEN && this.#hiddenAt === start;
    this.#out += this.#text.slice(this.#done, start) + (isAgain ? '' : by);
    this.#done = to;
    this.#hiddenAt = by === HIDDEN ? to : -1;
    return to;
  }
}

/** All from `from` to `to` is a name, after blanks. */
function isNameFrom(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && isKeyCharacter(text.charCodeAt(at))) at++;
  return at === to && from < to && to - from <= 64;
}

/** `; name=` stands here. */
function isPairAfter(text: string, end: number): boolean {
  if (text.charCodeAt(end) !== CODE.semicolon || text.charCodeAt(end + 1) !== CODE.blank)
    return false;
  const from = end + 2;
  let at = from;
  while (at - from < 64 && isKeyCharacter(text.charCodeAt(at))) at++;
  return at > from && text.charCodeAt(at) === CODE.equals;
}

/** What a server's address comes after: a URL's `//`, or what a failed bind names. */
const SERVER_STARTS = [
  '//',
  '//[',
  'bind(',
  'bind([',
  "in use: ('",
  "connect to ('",
  "address: ('",
];
const MORE_SERVER_STARTS = ["connection to ('", "address ('", 'to ['];

function isServers(text: string, from: number): boolean {
  const isStart = (start: string) => text.endsWith(start, from);
  return SERVER_STARTS.some(isStart) || MORE_SERVER_STARTS.some(isStart);
}
