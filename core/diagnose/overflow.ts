/** Failures that were counted but not kept one by one: they share the causes of those that were. */
import { groupBy } from '../group-by.ts';
import type { Attribution, SpanInput } from './attribute.ts';

/**
 * One weighted attribution for each cause among the kept ones of the same status (or mechanism), in proportion,
 * by largest remainder: the sum is exact. With nothing of the kind kept there is nothing to share.
 */
export function shareDropped(kept: readonly Attribution[], input: SpanInput): Attribution[] {
  const failed = kept.filter((attribution) => attribution.failure.visibility === 'failed');
  const byAccess = [...input.droppedRequests].flatMap(([status, count]) =>
    share(
      failed.filter((attribution) => attribution.failure.status === status.padStart(3, '0')),
      status === '500' ? scaleDown(count, kept, input) : count,
    ),
  );
  if (input.coverage.access) return byAccess;
  const byError = [...input.droppedErrors].flatMap(([mechanism, count]) =>
    share(
      failed.filter((attribution) => attribution.failure.error?.mechanism === mechanism),
      count,
    ),
  );
  return [...byAccess, ...byError];
}

/** Most 500s are the application's own; of the dropped ones as large a part failed as of the kept ones. */
function scaleDown(count: number, kept: readonly Attribution[], input: SpanInput): number {
  const all = input.requests.filter(
    (request) => request.status === 500 && request.at >= input.from && request.at < input.to,
  ).length;
  const failed = kept.filter((attribution) => attribution.failure.status === '500').length;
  return all === 0 ? 0 : Math.round((count * failed) / all);
}

function share(like: readonly Attribution[], count: number): Attribution[] {
  if (like.length === 0 || count === 0) return [];
  const groups = [...groupBy(like, (attribution) => groupKey(attribution)).values()];
  const exact = groups.map((group) => (count * group.length) / like.length);
  const weights = exact.map(Math.floor);
  const rest = count - weights.reduce((sum, weight) => sum + weight, 0);
  exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index)
    .slice(0, rest)
    .forEach(({ index }) => {
      weights[index] = (weights[index] ?? 0) + 1;
    });
  return groups.flatMap((group, index) => {
    const first = group[0];
    const weight = weights[index] ?? 0;
    return first && weight > 0 ? [{ ...first, weight }] : [];
  });
}

function groupKey(attribution: Attribution): string {
  const { failure } = attribution;
  return JSON.stringify([
    attribution.cause,
    attribution.confidence,
    failure.error?.mechanism,
    failure.error?.upstream,
  ]);
}
