/**
 * A bounded set of observations whose merge is commutative and associative: the `limit` first in a total
 * order that does not depend on arrival; the rest are only counted, by class.
 */
export type Sample<T> = {
  kept: T[];
  /** How many were dropped, by class (a status, a mechanism, a signal id). */
  readonly dropped: Map<string, number>;
};

export type SampleRule<T> = {
  readonly limit: number;
  /** What decides first which observations stay: the lowest ranks. */
  rankOf(item: T): number;
  /** A total order among equal ranks: 0 only for the same observation. */
  compare(a: T, b: T): number;
  classOf(item: T): string;
};

export function newSample<T>(): Sample<T> {
  return { kept: [], dropped: new Map() };
}

/** Adds one observation, in place. Call `settleSample` before reading. */
export function addToSample<T>(sample: Sample<T>, item: T, rule: SampleRule<T>): void {
  sample.kept.push(item);
  if (sample.kept.length >= rule.limit * 2) settleSample(sample, rule);
}

/** Adds all of `from` into `into`, in place. Call `settleSample` before reading. */
export function mergeSample<T>(into: Sample<T>, from: Sample<T>, rule: SampleRule<T>): void {
  for (const item of from.kept) addToSample(into, item, rule);
  for (const [name, count] of from.dropped) addDropped(into, name, count);
}

/** Drops what is over the limit. Idempotent. */
export function settleSample<T>(sample: Sample<T>, rule: SampleRule<T>): void {
  if (sample.kept.length <= rule.limit) return;
  const ranked = sample.kept
    .map((item) => ({ item, rank: rule.rankOf(item) }))
    .sort((a, b) => a.rank - b.rank || rule.compare(a.item, b.item))
    .map(({ item }) => item);
  for (const item of ranked.slice(rule.limit)) addDropped(sample, rule.classOf(item), 1);
  sample.kept = ranked.slice(0, rule.limit);
}

function addDropped<T>(sample: Sample<T>, name: string, count: number): void {
  sample.dropped.set(name, (sample.dropped.get(name) ?? 0) + count);
}
