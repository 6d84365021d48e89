import { PatternError, type Predicate, type Reading } from './pattern.ts';

type Term = { readonly mark: '' | '?' | '-'; readonly text: string; readonly isQuoted: boolean };

/** `a b`: both; `?a ?b`: one of them, ignored beside other terms; `-a`: not; `"a phrase"`; nothing: every event. */
export function termPattern(pattern: string, reading: Reading): Predicate {
  const terms = readTerms(pattern);
  const of = (mark: Term['mark']) => terms.filter((term) => term.mark === mark);
  const [required, optional, excluded] = [of(''), of('?'), of('-')];
  const isOr = required.length === 0 && excluded.length === 0 && optional.length > 0;
  return (message) => {
    const has = (term: Term) => contains(message, term, reading);
    return isOr ? optional.some(has) : required.every(has) && !excluded.some(has);
  };
}

function readTerms(pattern: string): Term[] {
  const terms: Term[] = [];
  const scanner = /\s*([?-]?)(?:"([^"]*)"|([A-Za-z0-9_]+))(?=\s|$)|\s*(\S+)/y;
  while (scanner.lastIndex < pattern.length) {
    const match = scanner.exec(pattern);
    if (match === null) break;
    const [, mark = '', quoted, word, wrong] = match;
    if (wrong !== undefined) throw new PatternError(`"${wrong}" needs quotes`);
    terms.push({
      mark: mark as Term['mark'],
      text: quoted ?? word ?? '',
      isQuoted: quoted !== undefined,
    });
  }
  return terms;
}

function contains(message: string, term: Term, reading: Reading): boolean {
  if (term.text.trim() === '') return true;
  if (term.isQuoted || reading === 'lenient') return message.includes(term.text);
  return message.split(/[^A-Za-z0-9_]+/).includes(term.text);
}
