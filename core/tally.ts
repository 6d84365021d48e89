/**
 * Counts by name, of bounded size whatever the input, whose merge is commutative and associative: only the
 * `TALLY_LIMIT` first names in a fixed order are kept, everything else is counted in `other`. The order
 * (shorter first, then alphabetical) does not depend on the counts, so that what is kept does not depend on
 * the order of arrival; long names are what a stranger can make up endlessly.
 */
export type Tally = {
  readonly counts: Map<string, number>;
  other: number;
  /** The last name kept, once full; a cache, not part of the value. */
  last: string | null;
};

/** How many names a tally keeps. */
export const TALLY_LIMIT = 256;

export function newTally(): Tally {
  return { counts: new Map(), other: 0, last: null };
}

export type NamedCount = { readonly name: string; readonly count: number };

/** Adds `count` to `name`, in place. */
export function addToTally(tally: Tally, name: string, count = 1): void {
  const dropped = addBounded(tally, { name, count }, TALLY_LIMIT);
  if (dropped) tally.other += dropped.count;
}

/** Adds in place, and gives what has no room among `limit` names. */
export function addBounded(tally: Tally, added: NamedCount, limit: number): NamedCount | null {
  const { name, count } = added;
  const known = tally.counts.get(name);
  if (known !== undefined) {
    tally.counts.set(name, known + count);
    return null;
  }
  if (tally.counts.size < limit) {
    tally.counts.set(name, count);
    tally.last = null;
    return null;
  }
  tally.last ??= lastName(tally.counts);
  if (compareNames(name, tally.last) > 0) return added;
  const dropped = { name: tally.last, count: tally.counts.get(tally.last) ?? 0 };
  tally.counts.delete(dropped.name);
  tally.counts.set(name, count);
  tally.last = null;
  return dropped;
}

/** Adds all of `from` into `into`, in place. */
export function mergeTally(into: Tally, from: Tally): void {
  for (const [name, count] of from.counts) addToTally(into, name, count);
  into.other += from.other;
}

/** The names with the highest counts first; ties in the tally's own order. */
export function topOfTally(tally: Tally, limit: number): NamedCount[] {
  return [...tally.counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || compareNames(a.name, b.name))
    .slice(0, limit);
}

function lastName(counts: Map<string, number>): string {
  let last = '';
  for (const name of counts.keys()) if (compareNames(name, last) > 0) last = name;
  return last;
}

function compareNames(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
