import type { MetricPoint } from '../../core/metric-point.ts';

/** Publishes the points; what writes them is loaded when there is something to write. */
export async function publishMetrics(
  deployment: string,
  points: readonly MetricPoint[],
): Promise<void> {
  if (points.length === 0) return;
  const { writeMetrics } = await import('./embedded-metrics.ts');
  writeMetrics(deployment, points);
}
