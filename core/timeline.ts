/**
 * Counts over time of bounded size: minutes, and when there are too many of them, coarser buckets for all.
 * The width is the smallest at which the buckets fit, which does not depend on the order of arrival, so
 * that merging is commutative and associative.
 */
export type Timeline = {
  /** Index into `BUCKET_WIDTHS_MS`. */
  level: number;
  /** Bucket number (time divided by the width) to count. */
  counts: Map<number, number>;
};

/** Each width is a multiple of the one before. */
const BUCKET_WIDTHS_MS = [
  60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000, 31_449_600_000,
] as const;

/** How many buckets a timeline keeps before it becomes coarser. */
export const TIMELINE_LIMIT = 512;

export function newTimeline(): Timeline {
  return { level: 0, counts: new Map() };
}

/** Adds `count` at `at` (epoch milliseconds), in place. */
export function addToTimeline(timeline: Timeline, at: number, count: number): void {
  addToBucket(timeline, Math.floor(at / bucketWidthMs(timeline)), count);
}

/** Adds all of `from` into `into`, in place. */
export function mergeTimeline(into: Timeline, from: Timeline): void {
  while (into.level < from.level) coarsen(into);
  const scale = bucketWidthMs(from);
  for (const [bucket, count] of from.counts) addToTimeline(into, bucket * scale, count);
}

/** Width of the buckets in milliseconds. */
function bucketWidthMs(timeline: Timeline): number {
  return BUCKET_WIDTHS_MS[timeline.level] ?? 31_449_600_000;
}

/** Buckets with a count, in time order: start (epoch milliseconds) and count. */
export function bucketsOf(timeline: Timeline): { at: number; count: number }[] {
  const width = bucketWidthMs(timeline);
  return [...timeline.counts]
    .map(([bucket, count]) => ({ at: bucket * width, count }))
    .sort((a, b) => a.at - b.at);
}

function addToBucket(timeline: Timeline, bucket: number, count: number): void {
  timeline.counts.set(bucket, (timeline.counts.get(bucket) ?? 0) + count);
  while (timeline.counts.size > TIMELINE_LIMIT && timeline.level < BUCKET_WIDTHS_MS.length - 1) {
    coarsen(timeline);
  }
}

function coarsen(timeline: Timeline): void {
  const from = bucketWidthMs(timeline);
  timeline.level += 1;
  const ratio = bucketWidthMs(timeline) / from;
  const counts = new Map<number, number>();
  for (const [bucket, count] of timeline.counts) {
    const wider = Math.floor(bucket / ratio);
    counts.set(wider, (counts.get(wider) ?? 0) + count);
  }
  timeline.counts = counts;
}
