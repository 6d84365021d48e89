/** Time against size: a reader that is linear takes eight times as long for eight times as much. */

/** Something that takes longer the larger `size` is. */
export type Workload = (size: number) => void;

const FACTOR = 8;
const TRIES = 5;
const LOOKS = 2;
/** Eight times the work, and half as much again for caches and collected garbage. */
const MOST_GROWTH = 12;

/** So long at most for a second look at what seems steep; what takes longer already needs none. */
const SECOND_LOOK_MS = 500;

/**
 * How steeply the time grows from `size` to eight times it, in words, or `null` when that is linear, or takes
 * less than `quickMs` anyhow. What looks steep is measured again at larger sizes: garbage collection and cold
 * memory make one step steep, a quadratic loop all of them.
 */
export function findSteepness(workload: Workload, size: number, quickMs: number): string | null {
  if (timeOf(workload, size * FACTOR) <= quickMs) return null;
  let found = measure(workload, size);
  if (found.largeMs <= quickMs) return null;
  for (let looks = 1; looks <= LOOKS && found.largeMs < SECOND_LOOK_MS; looks++) {
    if (found.ratio <= MOST_GROWTH) return null;
    found = measure(workload, size * FACTOR ** looks);
  }
  const { smallMs, largeMs, ratio } = found;
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
