import { PatternError, type Predicate, type Reading } from './pattern.ts';
import { compareValue, isOperator, type Operator, readOperand } from './pattern-value.ts';

type Test = (value: string) => boolean;
const ANY: Test = () => true;

/** `[a, b = 5*, ...]`: the conditions on the fields of a line that blanks separate. */
export function fieldPattern(pattern: string, reading: Reading): Predicate {
  if (!pattern.endsWith(']')) throw new PatternError('no ] at the end');
  const specs = splitOutside(pattern.slice(1, -1), ',').map((spec) => spec.trim());
  const ellipses = specs.filter((spec) => spec === '...').length;
  if (ellipses > 1) throw new PatternError('more than one ...');
  const at = specs.indexOf('...');
  const head = (at < 0 ? specs : specs.slice(0, at)).map((spec) => readField(spec, reading));
  const tail = (at < 0 ? [] : specs.slice(at + 1)).map((spec) => readField(spec, reading));
  return (message) => {
    const fields = splitFields(message, reading);
    if (fields === null || fields.length < head.length + tail.length) return false;
    const isExact = at < 0 && reading === 'strict';
    if (isExact && fields.length !== head.length) return false;
    const tailFrom = fields.length - tail.length;
    return (
      head.every((test, index) => test(fields[index] ?? '')) &&
      tail.every((test, index) => test(fields[tailFrom + index] ?? ''))
    );
  };
}

/** Blanks separate fields; what stands between quotes or brackets is one. */
function splitFields(message: string, reading: Reading): string[] | null {
  const fields: string[] = [];
  let at = 0;
  while (at < message.length) {
    if (message.charAt(at) === ' ') {
      at++;
      continue;
    }
    const end = endOfField(message, at);
    if (end < 0 && reading === 'strict') return null;
    const field = message.slice(at, end < 0 ? undefined : end);
    fields.push(reading === 'lenient' ? field.replace(/^["[](.*)["\]]$/s, '$1') : field);
    at = end < 0 ? message.length : end;
  }
  return fields;
}

/** The end of a field, or -1 when a quote or bracket is never closed. */
function endOfField(message: string, from: number): number {
  const first = message.charAt(from);
  const closer = first === '"' ? '"' : first === '[' ? ']' : null;
  const start = closer === null ? from : message.indexOf(closer, from + 1);
  if (start < 0) return -1;
  const blank = message.indexOf(' ', closer === null ? start : start + 1);
  return blank < 0 ? message.length : blank;
}

/** `name`, `name = value`, `name = a || name = b && …`; && before ||. */
function readField(spec: string, reading: Reading): Test {
  if (/^\w+$/.test(spec)) return ANY;
  const name = /^(\w+)\s*[=!<>]/.exec(spec)?.[1];
  if (name === undefined) throw new PatternError(`"${spec}" is no field`);
  const either = splitOutside(spec, '||').map((part) =>
    splitOutside(part, '&&').map((condition) => readCondition(condition.trim(), name, reading)),
  );
  return (value) => either.some((all) => all.every((test) => test(value)));
}

function readCondition(text: string, name: string, reading: Reading): Test {
  const match = /^(\w+)\s*(!=|<=|>=|=|<|>)\s*(.+)$/s.exec(text);
  const [, own, operator = '', operand = ''] = match ?? [];
  if (own !== name || !isOperator(operator)) throw new PatternError(`"${text}" is no condition`);
  const wanted = readOperand(operand, reading);
  // A field that kept its quotes or brackets is compared with them.
  return (value) => compareValue(value, operator as Operator, wanted);
}

/** Splits at a separator that stands in no quotes and in no regular expression. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let open = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (open !== '') open = char === open ? '' : open;
    else if (char === '"' || char === '%') open = char;
    else if (text.startsWith(separator, at)) {
      parts.push(text.slice(from, at));
      at += separator.length - 1;
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}
