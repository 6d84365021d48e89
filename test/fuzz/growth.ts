/** Time against size: a reader that is linear takes eight times as long for eight times as much. */

/** Something that takes longer the larger `size` is. */
export type Workload = (size: number) => void;

const FACTOR = 8;
const TRIES = 5;
/** Eight times the work, and half as much again for caches and collected garbage. */
const MOST_GROWTH = 12;

/**
 * How steeply the time grows from `size` to eight times it, in words, or `null` when that is linear, or takes
 * less than `quickMs` anyhow. What looks steep is measured again at eight times the size: a few milliseconds
 * of garbage collection do not grow, a quadratic loop does.
 */
export function findSteepness(workload: Workload, size: number, quickMs: number): string | null {
  if (timeOf(workload, size * FACTOR) <= quickMs) return null;
  const first = measure(workload, size);
  if (first.largeMs <= quickMs || first.ratio <= MOST_GROWTH) return null;
  const { smallMs, largeMs, ratio } = measure(workload, size * FACTOR);
  if (ratio <= MOST_GROWTH) return null;
  return `${smallMs.toFixed(2)} ms to ${largeMs.toFixed(2)} ms, × ${ratio.toFixed(1)}`;
}

/** The best of several tries at `size` and at eight times it, so that a busy machine does not matter. */
function measure(workload: Workload, size: number) {
  let smallMs = Number.POSITIVE_INFINITY;
  let largeMs = Number.POSITIVE_INFINITY;
  for (let left = TRIES; left > 0; left--) {
    smallMs = Math.min(smallMs, timeOf(workload, size));
    largeMs = Math.min(largeMs, timeOf(workload, size * FACTOR));
  }
  return { smallMs, largeMs, ratio: largeMs / smallMs };
}

function timeOf(workload: Workload, size: number): number {
  const startedAt = performance.now();
  workload(size);
  return performance.now() - startedAt;
}
