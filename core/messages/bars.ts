import type { TimelineBucket } from '../diagnosis.ts';
import type { Glyphs } from './glyphs.ts';

/** A bar of `part / total` of `width` cells, drawn in eighths; anything above nothing shows. */
export function renderBar(part: number, total: number, width: number, glyphs: Glyphs): string {
  if (part <= 0 || total <= 0) return '';
  const steps = glyphs.bar.length;
  const filled = Math.max(1, Math.round(Math.min(1, part / total) * width * steps));
  const last = filled % steps;
  const full = glyphs.bar[steps - 1] ?? '';
  return full.repeat(Math.floor(filled / steps)) + (last === 0 ? '' : (glyphs.bar[last - 1] ?? ''));
}

/** One character a slice of time, from the first to the last bucket; empty when there is only one bucket. */
export function renderSparkline(
  timeline: readonly TimelineBucket[],
  columns: number,
  glyphs: Glyphs,
): string {
  const slices = slicesOf(timeline, columns);
  const most = Math.max(0, ...slices);
  if (slices.length < 2 || most === 0) return '';
  const levels = glyphs.spark.length - 1;
  return slices
    .map((count) => glyphs.spark[Math.ceil((count / most) * levels)] ?? '')
    .join('')
    .trimEnd();
}

/** The bucket with the most failures, the first of equals; `null` for an empty timeline. */
export function worstBucket(timeline: readonly TimelineBucket[]): TimelineBucket | null {
  let worst: TimelineBucket | null = null;
  for (const bucket of timeline) {
    if (worst === null || bucket.failures > worst.failures) worst = bucket;
  }
  return worst;
}

/** Sums per equal slice of time; buckets without a count are not in the timeline, but take their place here. */
function slicesOf(timeline: readonly TimelineBucket[], columns: number): number[] {
  const points = timeline
    .map(({ at, failures }) => ({ at: Date.parse(at), failures }))
    .filter(({ at }) => Number.isFinite(at))
    .sort((a, b) => a.at - b.at);
  const first = points[0]?.at ?? 0;
  const span = (points.at(-1)?.at ?? 0) - first;
  if (span <= 0) return [];
  const buckets = Math.round(span / smallestGap(points)) + 1;
  const slices = new Array<number>(Math.min(columns, buckets)).fill(0);
  for (const { at, failures } of points) {
    const bucket = Math.round(((at - first) / span) * (buckets - 1));
    const slice = Math.floor((bucket * slices.length) / buckets);
    slices[slice] = (slices[slice] ?? 0) + Math.max(0, failures);
  }
  return slices;
}

function smallestGap(points: readonly { at: number }[]): number {
  let gap = Number.POSITIVE_INFINITY;
  for (let next = 1; next < points.length; next++) {
    const between = (points[next]?.at ?? 0) - (points[next - 1]?.at ?? 0);
    if (between > 0) gap = Math.min(gap, between);
  }
  return gap;
}
