/**
 * The grammar of CloudWatch Logs filter patterns as AWS documents it ("Filter pattern syntax for metric filters,
 * subscription filters, filter log events, and Live Tail"), for tests: the emulator does not honour patterns.
 *
 * Where the documentation is silent there are two readings. `strict`: a term is a whole word; a delimited pattern
 * without `...` has as many fields as the line; a field keeps its quotes or brackets; a line with an unbalanced one
 * is no delimited line; `^`, `$` and `.` know no line breaks; a string is no number. `lenient`: the opposite.
 */
import { fieldPattern } from './field-pattern.ts';
import { jsonPattern } from './json-pattern.ts';
import { PatternError, type Predicate, type Reading } from './pattern.ts';
import { compileRegex } from './pattern-regex.ts';
import { termPattern } from './term-pattern.ts';

const MOST_CHARACTERS = 1024;
const MOST_REGEXES = 2;
/** Of one log group, subscription and metric filters together. */
const MOST_REGEX_PATTERNS = 5;

/** Whether the pattern passes the message. Throws a `PatternError` for a pattern that CloudWatch refuses. */
export function evaluatePattern(pattern: string, message: string, reading: Reading): boolean {
  return compilePattern(pattern, reading)(message);
}

/** The same for many messages. */
export function compilePattern(pattern: string, reading: Reading): Predicate {
  if (pattern.length > MOST_CHARACTERS) {
    throw new PatternError(`the pattern has ${pattern.length} characters, more than 1024`);
  }
  const text = pattern.trim();
  if (text.startsWith('%')) return wholeRegex(text, reading);
  if (countRegexes(text) > MOST_REGEXES) throw new PatternError('more than 2 regular expressions');
  if (text.startsWith('{')) return jsonPattern(text, reading);
  if (text.startsWith('[')) return fieldPattern(text, reading);
  return termPattern(text, reading);
}

/** Refuses the patterns of one log group that CloudWatch refuses together. */
export function checkGroup(patterns: readonly string[]): void {
  const withRegex = patterns.filter((pattern) => countRegexes(pattern) > 0);
  if (withRegex.length > MOST_REGEX_PATTERNS) {
    throw new PatternError('more than 5 patterns with a regular expression in one log group');
  }
}

function wholeRegex(text: string, reading: Reading): Predicate {
  const end = text.indexOf('%', 1);
  if (end !== text.length - 1) throw new PatternError('a regular expression beside other terms');
  const regex = compileRegex(text.slice(1, end), reading);
  return (message) => regex.test(message);
}

function countRegexes(pattern: string): number {
  const outsideStrings = pattern.startsWith('%') ? pattern : pattern.replace(/"[^"]*"/g, '');
  return Math.floor((outsideStrings.split('%').length - 1) / 2);
}
