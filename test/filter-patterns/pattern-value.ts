import { PatternError, type Reading } from './pattern.ts';
import { compileRegex } from './pattern-regex.ts';

const OPERATORS = ['=', '!=', '<', '>', '<=', '>='] as const;
export type Operator = (typeof OPERATORS)[number];

export type Operand =
  | { readonly kind: 'regex'; readonly regex: RegExp }
  | { readonly kind: 'text'; readonly text: RegExp; readonly number: number };

export function isOperator(text: string): boolean {
  return OPERATORS.some((operator) => operator === text);
}

/** `%re%`, `"a text"`, `5*`, `500`. */
export function readOperand(source: string, reading: Reading): Operand {
  const text = source.trim();
  if (text.startsWith('%')) {
    if (text.indexOf('%', 1) !== text.length - 1) throw new PatternError(`"${text}" is no value`);
    return { kind: 'regex', regex: compileRegex(text.slice(1, -1), reading) };
  }
  const quoted = /^"([^"]*)"$/.exec(text)?.[1];
  if (quoted === undefined && !/^[\w.*/+:-]+$/.test(text)) {
    throw new PatternError(`"${text}" needs quotes`);
  }
  const value = quoted ?? text;
  const parts = value.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const number = quoted === undefined ? Number(value) : Number.NaN;
  return { kind: 'text', text: new RegExp(`^${parts.join('.*')}$`, 's'), number };
}

/** Whether the value of a field stands in that relation to the operand. */
export function compareValue(value: string, operator: Operator, operand: Operand): boolean {
  const isLike = operand.kind === 'regex' ? operand.regex.test(value) : operand.text.test(value);
  if (operator === '=') return isLike;
  if (operator === '!=') return !isLike;
  if (operand.kind === 'regex') throw new PatternError('a regular expression has no order');
  const number = value.trim() === '' ? Number.NaN : Number(value);
  switch (operator) {
    case '<':
      return number < operand.number;
    case '>':
      return number > operand.number;
    case '<=':
      return number <= operand.number;
    case '>=':
      return number >= operand.number;
  }
}
