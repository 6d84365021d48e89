/** Long runs of letters and digits: which of them look like keys, tokens or hashes of something secret. */
import { hexValue } from '../parse/byte-string.ts';
import { isAlphanumeric } from './characters.ts';

/** Shorter ones are names, ids and numbers. */
export const SHORTEST_SECRET = 20;
/** Of one case, or hexadecimal: MD5 and longer. Instance ids have 17 digits, UUIDs hyphens. */
const SHORTEST_HASH = 32;

const PREFIXES = [
  'AKIA',
  'ASIA',
  'AIza',
  'ghp_',
  'gho_',
  'ghs_',
  'github_pat_',
  'glpat-',
  'xox',
  'sk_',
  'rk_',
  'sk-',
  'npm_',
  'pypi-',
];
/** What comes before a container's id, which is no secret, and is in names of units. */
const CONTAINERS = ['docker-', 'containerd-', 'libpod-', 'crio-', 'sha256:', 'docker/'];

/** Whether the run of at least `SHORTEST_SECRET` characters from `from` to `to` is a secret rather than a name. */
export function looksSecret(text: string, from: number, to: number): boolean {
  if (PREFIXES.some((prefix) => text.startsWith(prefix, from))) return hasDigit(text, from, to);
  let wordAt = from;
  for (let at = from; at <= to; at++) {
    if (at < to && isAlphanumeric(text.charCodeAt(at))) continue;
    if (isHash(text, wordAt, at)) return true;
    wordAt = at + 1;
  }
  return isMixed(text, from, to);
}

/** Letters of both cases, and numbers among them. */
function isMixed(text: string, from: number, to: number): boolean {
  let upper = 0;
  let lower = 0;
  let numbers = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code >= 97) lower++;
    else if (code >= 65 && code <= 90) upper++;
    else if (isDigit(code) && !isDigit(text.charCodeAt(at - 1))) numbers++;
  }
  return upper >= 2 && lower >= 2 && numbers >= 2;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function hasDigit(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (isDigit(text.charCodeAt(at))) return true;
  }
  return false;
}

/** Hexadecimal, or letters and digits in turns. */
function isHash(text: string, from: number, to: number): boolean {
  if (to - from < SHORTEST_HASH || CONTAINERS.some((name) => text.endsWith(name, from)))
    return false;
  let letters = 0;
  let hex = 0;
  let changes = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const isLetter = code > 57;
    if (isLetter) letters++;
    if (hexValue(code) >= 0) hex++;
    if (at > from && isLetter !== text.charCodeAt(at - 1) > 57) changes++;
  }
  const hasBoth = letters > 0 && letters < to - from;
  return hasBoth && (hex === to - from || changes >= 8);
}

/** `eyJ` is `{"` in base64: where a point follows, a JSON Web Token. Its end, or -1. */
export function endOfJwt(text: string, from: number, to: number): number {
  if (!text.startsWith('eyJ', from) || text.charCodeAt(to) !== 46) return -1;
  let end = to;
  while (isTokenCode(text.charCodeAt(end))) end++;
  return end;
}

/** Letters, digits and `. _ - + / = ~`: what a bearer token is made of (RFC 6750). */
export function isTokenCode(code: number): boolean {
  return isAlphanumeric(code) || (code < 128 && '._-+/=~'.includes(String.fromCharCode(code)));
}
