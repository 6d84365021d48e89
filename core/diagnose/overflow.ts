/** Failures that were counted but not kept one by one: they share the causes of those that were. */
import { groupBy } from '../group-by.ts';
import type { Attribution, SpanInput } from './attribute.ts';
import { failureOf } from './failure.ts';

/** Statuses that always count, see `observe/request.ts`. */
const CERTAIN: ReadonlySet<string> = new Set(['502', '504', '009']);

/**
 * One weighted attribution for each cause among the kept ones of the same status (or mechanism), in proportion,
 * by largest remainder: the sum is exact. `blurred` were kept, but without their error lines. A status of which
 * nothing was kept has no cause to share.
 */
export function shareDropped(
  kept: readonly Attribution[],
  blurred: ReadonlyMap<string, number>,
  input: SpanInput,
): Attribution[] {
  const failed = kept.filter((attribution) => attribution.failure.visibility === 'failed');
  const byAccess = [...droppedRequests(input, blurred)].flatMap(([status, count]) => {
    const like = failed.filter(({ failure }) => failure.status === status);
    if (CERTAIN.has(status))
      return like.length > 0 ? share(like, count) : [unknown(status, count, input)];
    return share(like, status === '500' ? scaleDown(count, like.length, blurred, input) : 0);
  });
  if (input.coverage.access) return byAccess;
  const byError = [...input.droppedErrors].flatMap(([mechanism, count]) => {
    const like = failed.filter(({ failure }) => failure.error?.mechanism === mechanism);
    const lines = input.errors.filter(
      (error) => error.mechanism === mechanism && isOwn(error, input),
    );
    return share(like, lines.length === 0 ? 0 : Math.round((count * like.length) / lines.length));
  });
  return [...byAccess, ...byError];
}

function droppedRequests(
  input: SpanInput,
  blurred: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const counts = new Map(blurred);
  for (const [status, count] of input.droppedRequests) {
    const name = status.padStart(3, '0');
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

function unknown(status: string, weight: number, input: SpanInput): Attribution {
  const { from: at, before: backend } = input;
  const failure = failureOf({ at, visibility: 'failed', status });
  return { failure, cause: 'unknown', confidence: 'unexplained', by: [], weight, backend };
}

/** Most 500s are the application's own; of the dropped ones as large a part failed as of the kept ones. */
function scaleDown(
  count: number,
  failed: number,
  blurred: ReadonlyMap<string, number>,
  input: SpanInput,
): number {
  const kept = input.requests.filter((request) => request.status === 500 && isOwn(request, input));
  const clear = kept.length - (blurred.get('500') ?? 0);
  return clear <= 0 ? 0 : Math.round((count * failed) / clear);
}

function isOwn({ at }: { readonly at: number }, { from, to }: SpanInput): boolean {
  return at >= from && at < to;
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
