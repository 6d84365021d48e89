import { PatternError, type Predicate, type Reading } from './pattern.ts';
import { compareValue, type Operator, readOperand } from './pattern-value.ts';

type Test = (document: unknown) => boolean;
type Key = string | number;
type Cursor = { readonly tokens: readonly string[]; at: number; readonly reading: Reading };

const TOKEN =
  /\s*(\|\||&&|\(|\)|!=|<=|>=|=|<|>|%[^%]*%|"[^"]*"|\$(?:\.\[?'?[^\s=!<>()]*)?|[\w.*+-]+)/y;
const WILDCARDS = 3;

/** `{ ($.status >= 500) || ($.status = "5*") }`; a message that is no JSON never matches. */
export function jsonPattern(pattern: string, reading: Reading): Predicate {
  if (!pattern.endsWith('}')) throw new PatternError('no } at the end');
  const tokens = tokensOf(pattern.slice(1, -1).trim());
  const wildcards = tokens.filter((token) => token.startsWith('$') && token.includes('*')).length;
  if (wildcards > WILDCARDS) throw new PatternError('more than 3 wildcard selectors');
  const cursor: Cursor = { tokens, at: 0, reading };
  const test = readEither(cursor);
  if (cursor.at < tokens.length) throw new PatternError(`"${tokens[cursor.at]}" is too much`);
  return (message) => {
    const document = parse(message);
    return document !== undefined && test(document);
  };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new PatternError(`cannot read "${text.slice(from)}"`);
    tokens.push(token);
  }
  return tokens;
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function readEither(cursor: Cursor): Test {
  const tests = [readAll(cursor)];
  while (take(cursor, '||')) tests.push(readAll(cursor));
  return (document) => tests.some((test) => test(document));
}

function readAll(cursor: Cursor): Test {
  const tests = [readOne(cursor)];
  while (take(cursor, '&&')) tests.push(readOne(cursor));
  return (document) => tests.every((test) => test(document));
}

function take(cursor: Cursor, token: string): boolean {
  if (cursor.tokens[cursor.at] !== token) return false;
  cursor.at++;
  return true;
}

function readOne(cursor: Cursor): Test {
  if (take(cursor, '(')) {
    const test = readEither(cursor);
    if (!take(cursor, ')')) throw new PatternError('no ) where one must be');
    return test;
  }
  const selector = cursor.tokens[cursor.at++] ?? '';
  if (!selector.startsWith('$.')) throw new PatternError(`"${selector}" is no selector`);
  const keys = keysOf(selector.slice(2));
  if (keys.filter((key) => key === '*').length > 1) throw new PatternError('two wildcards');
  return readTest(cursor, keys);
}

function keysOf(path: string): Key[] {
  const keys: Key[] = [];
  for (const [, dotted, quoted, index] of path.matchAll(/\['([^']*)'\]|\[(\d+|\*)\]|([\w*-]+)/g)) {
    if (quoted !== undefined) keys.push(quoted === '*' ? '*' : Number(quoted));
    else keys.push(dotted ?? index ?? '');
  }
  return keys;
}

function readTest(cursor: Cursor, keys: readonly Key[]): Test {
  const operator = cursor.tokens[cursor.at++] ?? '';
  if (operator === 'IS') return isLiteral(cursor.tokens[cursor.at++] ?? '', keys);
  if (operator === 'NOT') {
    if (!take(cursor, 'EXISTS')) throw new PatternError('NOT without EXISTS');
    return (document) => select(document, keys).length === 0;
  }
  if (!/^(?:=|!=|<|>|<=|>=)$/.test(operator))
    throw new PatternError(`"${operator}" is no operator`);
  const operand = readOperand(cursor.tokens[cursor.at++] ?? '', cursor.reading);
  const isOrder = operator !== '=' && operator !== '!=';
  return (document) =>
    select(document, keys).some((value) => {
      if (typeof value !== 'string' && typeof value !== 'number') return false;
      if (isOrder && typeof value === 'string' && cursor.reading === 'strict') return false;
      return compareValue(String(value), operator as Operator, operand);
    });
}

const LITERALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['NULL', null],
  ['TRUE', true],
  ['FALSE', false],
]);

function isLiteral(name: string, keys: readonly Key[]): Test {
  if (!LITERALS.has(name)) throw new PatternError(`IS ${name}`);
  return (document) => select(document, keys).some((value) => value === LITERALS.get(name));
}

/** The values that the keys lead to. */
function select(document: unknown, keys: readonly Key[]): unknown[] {
  const [key, ...rest] = keys;
  if (key === undefined) return [document];
  if (typeof document !== 'object' || document === null) return [];
  if (key === '*') return Object.values(document).flatMap((value) => select(value, rest));
  const isIndex = typeof key === 'number';
  if (isIndex !== Array.isArray(document) || !Object.hasOwn(document, key)) return [];
  return select((document as Record<Key, unknown>)[key], rest);
}
