/** Metrics through the function's log: CloudWatch's embedded metric format, as Powertools writes it. */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../../core/contract.ts';
import type { MetricPoint } from '../../core/metric-point.ts';

/**
 * Writes the points to standard output, one document for each set of dimensions and time: a document holds one time
 * for all of its metrics.
 */
export function writeMetrics(deployment: string, points: readonly MetricPoint[]): void {
  for (const group of groupsOf(points)) {
    const [first] = group;
    if (!first) continue;
    const metrics = new Metrics({
      namespace: METRIC_NAMESPACE,
      defaultDimensions: { Deployment: deployment },
    });
    metrics.addDimensions({ ...first.dimensions });
    if (first.atMs !== undefined) metrics.setTimestamp(first.atMs);
    for (const { name, unit, value } of group) metrics.addMetric(name, unit, value);
    metrics.publishStoredMetrics();
  }
}

function groupsOf(points: readonly MetricPoint[]): MetricPoint[][] {
  const groups = new Map<string, MetricPoint[]>();
  for (const point of points) {
    const key = JSON.stringify([point.dimensions, point.atMs]);
    const group = groups.get(key);
    if (group) group.push(point);
    else groups.set(key, [point]);
  }
  return [...groups.values()];
}
