/** IP addresses in a text: where they stand, whose they may be, and what is left of a client's. */
import { digitAt, hexValue } from '../parse/byte-string.ts';
import { CODE, isAlphanumeric } from './characters.ts';

/** An address found in a text. */
export type FoundAddress = {
  readonly from: number;
  readonly to: number;
  /** The end of the part that is left of it: three numbers of IPv4, three groups of IPv6. */
  readonly network: number;
  readonly isV6: boolean;
};

/** The IPv4 address whose first point stands at `at`, or `null`. */
export function ipv4Around(text: string, at: number): FoundAddress | null {
  let from = at;
  while (at - from < 4 && digitAt(text, from - 1) >= 0) from--;
  if (from === at || at - from > 3 || !canStartAt(text, from)) return null;
  const found = ipv4At(text, from);
  return found === null || isVersion(text, from) ? null : found;
}

/** `Chrome/120.0.0.0` is no address. */
function isVersion(text: string, from: number): boolean {
  if (text.charCodeAt(from - 1) !== CODE.slash) return false;
  return isAlphanumeric(text.charCodeAt(from - 2)) || text.endsWith('***', from - 1);
}

function canStartAt(text: string, from: number): boolean {
  const before = text.charCodeAt(from - 1);
  const isWord = isAlphanumeric(before) || before === CODE.underscore;
  return !isWord && before !== CODE.point && !text.endsWith('***', from);
}

/** Four numbers up to 255, nothing of a longer list of numbers after them. */
function ipv4At(text: string, from: number): FoundAddress | null {
  let at = from;
  let network = from;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== CODE.point) return null;
    if (part === 3) network = at;
    const end = endOfOctet(text, at);
    if (end < 0) return null;
    at = end;
  }
  const after = text.charCodeAt(at);
  const isLonger = after === CODE.point && digitAt(text, at + 1) >= 0;
  if (isLonger || isPartOfWord(text, at)) return null;
  return { from, to: at, network, isV6: false };
}

/** A longer word goes on at `at`, or something was taken out there. */
function isPartOfWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return isAlphanumeric(code) || code === CODE.underscore || text.startsWith('***', at);
}

function endOfOctet(text: string, from: number): number {
  let at = from;
  let value = 0;
  for (let digit = digitAt(text, at); digit >= 0 && at - from < 4; digit = digitAt(text, ++at)) {
    value = value * 10 + digit;
  }
  return at === from || at - from > 3 || value > 255 ? -1 : at;
}

const MOST_GROUPS = 8;
/** The groups that name a network of a provider's customer, or more than one. */
const NETWORK_GROUPS = 3;

/** A quick look: a time of day or a port has no second colon after the first, and no seven of them. */
export function mayBeIpv6(text: string, at: number): boolean {
  let colons = 1;
  for (let next = at + 1, digits = 0; digits <= 4; next++) {
    if (hexValue(text.charCodeAt(next)) >= 0) digits++;
    else if (text.charCodeAt(next) !== CODE.colon) return false;
    else if (digits === 0 || ++colons === MOST_GROUPS - 1) return true;
    else digits = 0;
  }
  return false;
}

/** The IPv6 address whose first colon stands at `at`, or `null`. */
export function ipv6Around(text: string, at: number): FoundAddress | null {
  let from = at;
  while (at - from < 5 && hexValue(text.charCodeAt(from - 1)) >= 0) from--;
  const isStart = at - from <= 4 && canStartAt(text, from) && text.charCodeAt(from - 1) !== 58;
  if (!isStart) return null;
  const groups = new Groups(text, from);
  while (groups.take());
  return groups.finish();
}

/** The groups of an IPv6 address, read one after the other. */
class Groups {
  readonly #text: string;
  readonly #from: number;
  #at: number;
  #count = 0;
  #hasGap = false;
  #network = -1;
  /** The last group is an IPv4 address. */
  #tail: FoundAddress | null = null;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#from = from;
    this.#at = from;
  }

  /** Takes the next group or gap; false at the end. */
  take(): boolean {
    const isGap = this.#text.startsWith('::', this.#at);
    if (isGap && !this.#hasGap) {
      this.#hasGap = true;
      this.#at += 2;
      if (this.#network < 0) this.#network = this.#at;
    } else if (isGap) return false;
    else if (this.#count > 0 && this.#text.charCodeAt(this.#at - 1) !== CODE.colon) {
      if (this.#text.charCodeAt(this.#at) !== CODE.colon) return false;
      if (hexValue(this.#text.charCodeAt(this.#at + 1)) < 0) return false;
      this.#at++;
    }
    return this.#takeGroup(isGap);
  }

  #takeGroup(isGap: boolean): boolean {
    const start = this.#at;
    this.#tail = this.#count > 0 || this.#hasGap ? ipv4At(this.#text, start) : null;
    if (this.#tail !== null) {
      this.#at = this.#tail.to;
      this.#count += 2;
      return false;
    }
    while (hexValue(this.#text.charCodeAt(this.#at)) >= 0 && this.#at - start < 5) this.#at++;
    if (this.#at === start) return isGap;
    this.#count++;
    if (this.#count === NETWORK_GROUPS && this.#network < 0) this.#network = this.#at + 1;
    return this.#at - start <= 4 && this.#count <= MOST_GROUPS;
  }

  finish(): FoundAddress | null {
    const after = this.#text.charCodeAt(this.#at);
    const isWhole = this.#hasGap
      ? this.#count > 0 && this.#count < MOST_GROUPS
      : this.#count === MOST_GROUPS;
    if (!isWhole || isPartOfWord(this.#text, this.#at) || after === CODE.colon) return null;
    if (after === CODE.point && digitAt(this.#text, this.#at + 1) >= 0) return null;
    const network = this.#tail?.network ?? this.#network;
    return { from: this.#from, to: this.#at, network, isV6: true };
  }
}

/** `::1`, `127.…`: nobody's. */
const LOOPBACK = /^(?:127\.|::1$|0\.0\.0\.0$|255\.255\.255\.255$)/;
const PRIVATE =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::ffff:(?:10|127)\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/** Not routed on the internet: of our own machines, or of people in our own house. */
export function isPrivate(address: string): boolean {
  return PRIVATE.test(address);
}

/** The whole of `text` as an address, or `null`. */
export function addressIn(text: string): FoundAddress | null {
  const v6 = text.includes(':');
  const first = text.indexOf(v6 ? ':' : '.');
  const found = first < 0 ? null : v6 ? ipv6Around(text, first) : ipv4Around(text, first);
  return found !== null && found.from === 0 && found.to === text.length ? found : null;
}
