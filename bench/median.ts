/** The middle value; of an even number of values the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the ratios of runs made side by side: what slows a whole round down cancels out. */
export function medianRatio(of: readonly number[], to: readonly number[]): number {
  const pairs = Math.min(of.length, to.length);
  return median(Array.from({ length: pairs }, (_, index) => (of[index] ?? 0) / (to[index] ?? 0)));
}
