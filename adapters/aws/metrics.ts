/**
 * Publishes metrics through the function's log, in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * Powertools would add a dimension `service` of its own to every metric, and a twentieth to a cold start.
 */
import { METRIC_NAMESPACE } from '../../core/contract.ts';
import type { MetricPoint } from '../../core/metric-point.ts';

/** Writes the points to standard output, one document for each set of dimensions and time. */
export function publishMetrics(deployment: string, points: readonly MetricPoint[]): void {
  for (const group of groupsOf(points)) {
    // Not by console: Lambda's JSON log format would wrap it, and a wrapped document is no metric.
    process.stdout.write(`${JSON.stringify(documentOf(deployment, group, Date.now()))}\n`);
  }
}

/** A document holds one time and one set of dimensions for all of its metrics, and each name once. */
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

function documentOf(deployment: string, group: readonly MetricPoint[], nowMs: number): unknown {
  const dimensions = { Deployment: deployment, ...group[0]?.dimensions };
  return {
    _aws: {
      Timestamp: group[0]?.atMs ?? nowMs,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [Object.keys(dimensions)],
          Metrics: [...unitsOf(group)].map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries([...unitsOf(group).keys()].map((name) => [name, valueIn(group, name)])),
  };
}

function unitsOf(group: readonly MetricPoint[]): Map<string, MetricPoint['unit']> {
  return new Map(group.map(({ name, unit }) => [name, unit]));
}

/** A name stands once in a document: several values of it are an array. */
function valueIn(group: readonly MetricPoint[], name: string): number | number[] {
  const values = group.filter((point) => point.name === name).map(({ value }) => value);
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}
