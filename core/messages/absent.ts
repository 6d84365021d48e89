/**
 * What was looked for in vain, a sentence a line: things (`an out-of-memory kill`) together, what is a sentence
 * already (`no kernel or systemd log was given`) by itself.
 */
export function absentSentences(absent: readonly string[]): string[] {
  const isThing = (text: string): boolean => /^(?:an?|the|any) /.test(text);
  const things = absent.filter(isThing);
  const sought = things.length === 0 ? [] : [`looked for, not found: ${things.join(', ')}`];
  return [...sought, ...absent.filter((text) => !isThing(text))];
}
