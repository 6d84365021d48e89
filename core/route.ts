import { detach, digitAt, endOfDigits, hexValue } from './parse/byte-string.ts';

const METHODS = new Set([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'PURGE',
]);

const UNREADABLE = '(unreadable request)';
const MOST_SEGMENTS = 6;
const LONGEST_ROUTE = 120;
const LONGEST_WORD = 40;
const LONGEST_REQUEST = 4096;
const CACHE_SIZE = 4096;

const cache = new Map<string, string>();

/**
 * `METHOD /path/template` of a request line, for counting: the query is left out, `:id` stands for numbers,
 * hashes and random names, `:hash` for the hash in a file's name. At most 6 segments and 120 characters, all
 * printable ASCII; the same for the same line, whatever came before.
 */
export function routeOf(request: string | null): string {
  if (request === null) return UNREADABLE;
  const known = cache.get(request);
  if (known !== undefined) return known;
  const route = detach(makeRoute(request));
  if (request.length > LONGEST_REQUEST) return route;
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(detach(request), route);
  return route;
}

function makeRoute(request: string): string {
  const methodEnd = request.indexOf(' ');
  if (methodEnd <= 0) return UNREADABLE;
  const target = request.slice(methodEnd + 1, endOfTarget(request, methodEnd + 1));
  const path = pathOf(target);
  if (path === null || !isPrintable(request, methodEnd + 1 + target.length)) return UNREADABLE;
  const method = request.slice(0, methodEnd);
  const template = path === '*' ? '*' : templateOf(path);
  return `${METHODS.has(method) ? method : '(other)'} ${template}`.slice(0, LONGEST_ROUTE);
}

/** Where the version starts, or the end of an HTTP/0.9 line or one cut short. */
function endOfTarget(request: string, from: number): number {
  const version = request.lastIndexOf(' HTTP/');
  return version >= from ? version : request.length;
}

/** Control characters are a handshake or a binary protocol sent to an HTTP port. */
function isPrintable(request: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const code = request.charCodeAt(i);
    if (code < 32 || code === 127) return false;
  }
  return true;
}

/** The path of an origin-form or absolute-form target, `*`, or `null`. */
function pathOf(target: string): string | null {
  if (target === '*') return target;
  let from = 0;
  if (target.charCodeAt(0) !== 47) {
    const scheme = target.indexOf('://');
    if (scheme <= 0) return null;
    from = target.indexOf('/', scheme + 3);
    if (from < 0) return '/';
  }
  let end = from;
  while (end < target.length && !isPathEnd(target.charCodeAt(end))) end++;
  return target.slice(from, end);
}

/** `?`, `#`, `;`. */
function isPathEnd(code: number): boolean {
  return code === 63 || code === 35 || code === 59;
}

function templateOf(path: string): string {
  const parts: string[] = [];
  let from = 1;
  while (from < path.length && parts.length < MOST_SEGMENTS) {
    const slash = path.indexOf('/', from);
    const end = slash < 0 ? path.length : slash;
    if (end > from) parts.push(segmentOf(path.slice(from, end)));
    from = end + 1;
  }
  const isCut = from < path.length;
  const isFolder = path.length > 1 && path.endsWith('/') && parts.length > 0;
  return `/${parts.join('/')}${isCut ? '/*' : ''}${isFolder && !isCut ? '/' : ''}`;
}

function segmentOf(segment: string): string {
  const dot = segment.lastIndexOf('.');
  if (dot > 0 && isExtension(segment, dot + 1)) {
    return fileOf(segment.slice(0, dot), segment.slice(dot));
  }
  return isIdentifier(segment) || segment.length > LONGEST_WORD ? ':id' : templateOfSlug(segment);
}

/** A letter and up to 6 letters or digits more. */
function isExtension(segment: string, from: number): boolean {
  const length = segment.length - from;
  if (length < 1 || length > 7 || digitAt(segment, from) >= 0) return false;
  const { signs, foreign } = countKinds(segment.slice(from));
  return signs === 0 && foreign === 0;
}

/** `main.9605c19f.js` → `main.:hash.js`, `chunk-9605c19f.css` → `chunk-:hash.css`, `1234.pdf` → `:id.pdf`. */
function fileOf(stem: string, extension: string): string {
  if (isIdentifier(stem)) return `:id${extension}`;
  const divider = Math.max(stem.lastIndexOf('.'), stem.lastIndexOf('-'), stem.lastIndexOf('_'));
  const isHashed = divider > 0 && isHash(stem.slice(divider + 1));
  if (isHashed) return `${stem.slice(0, divider + 1)}:hash${extension}`;
  return stem.length > LONGEST_WORD ? `:id${extension}` : stem + extension;
}

/** `blue-lamp-1234` is one product of many. */
function templateOfSlug(segment: string): string {
  const dash = segment.lastIndexOf('-');
  const isNumbered = dash > 0 && segment.length - dash > 3;
  return isNumbered && endOfDigits(segment, dash + 1) === segment.length ? ':id' : segment;
}

/** Digits, dates, hexadecimal numbers, UUIDs, whatever looks drawn by lot, and what is no plain ASCII. */
function isIdentifier(text: string): boolean {
  const { digits, hexDigits, lower, upper, signs, foreign, changes } = countKinds(text);
  if (foreign > 0 || (text.length > 24 && text.includes('%'))) return true;
  const letters = text.length - signs;
  if (digits > 0 && digits === letters) return true;
  if (digits > 0 && hexDigits === letters && letters >= 8) return true;
  if (letters >= 10 && changes >= 4) return true;
  return letters >= 20 && digits >= 2 && upper >= 2 && lower >= 2;
}

/** The part of a file name that a build tool made: 8 characters or more of hexadecimal or mixed letters. */
function isHash(text: string): boolean {
  const { digits, hexDigits, lower, upper, signs, foreign } = countKinds(text);
  if (foreign > 0 || signs > 0 || digits === 0 || text.length < 8) return false;
  return hexDigits === text.length || (lower > 0 && upper > 0);
}

type Kinds = {
  readonly digits: number;
  readonly hexDigits: number;
  readonly lower: number;
  readonly upper: number;
  /** Everything else that is printable ASCII and safe to show. */
  readonly signs: number;
  readonly foreign: number;
  /** How often a digit follows a letter or a letter a digit. */
  readonly changes: number;
};

const UNSAFE = '"<>\\^`{}|';

function countKinds(text: string): Kinds {
  const kinds = { digits: 0, hexDigits: 0, lower: 0, upper: 0, signs: 0, foreign: 0, changes: 0 };
  let before: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (hexValue(code) >= 0) kinds.hexDigits++;
    const kind = kindOf(code, text.charAt(i));
    kinds[kind]++;
    const now =
      kind === 'digits' ? 'digit' : kind === 'lower' || kind === 'upper' ? 'letter' : null;
    if (before !== null && now !== null && before !== now) kinds.changes++;
    before = now;
  }
  return kinds;
}

function kindOf(code: number, char: string): 'digits' | 'lower' | 'upper' | 'signs' | 'foreign' {
  if (code >= 48 && code <= 57) return 'digits';
  if (code >= 97 && code <= 122) return 'lower';
  if (code >= 65 && code <= 90) return 'upper';
  return code > 126 || UNSAFE.includes(char) ? 'foreign' : 'signs';
}
