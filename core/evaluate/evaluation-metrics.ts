/** Metrics of a minute whose counts changed: the difference, so that their sums are right whenever it changes again. */
import { METRICS } from '../contract.ts';
import type { MetricPoint } from '../metric-point.ts';
import { MINUTE_MS } from '../records/keys.ts';
import { differenceByCause, type MinuteChange } from './evaluate-service.ts';

export function metricsOfEvaluation(service: string, change: MinuteChange): MetricPoint[] {
  const atMs = change.minute * MINUTE_MS;
  const byCause = [...differenceByCause(change)];
  const total = byCause.reduce((sum, [, difference]) => sum + difference, 0);
  const point = (name: string, value: number, more: Record<string, string> = {}): MetricPoint => ({
    name,
    unit: 'Count',
    value,
    dimensions: { Service: service, ...more },
    atMs,
  });
  const duplicates = Math.max(0, change.after.duplicates - change.before.duplicates);
  return [
    ...(total === 0 ? [] : [point(METRICS.failures, total)]),
    ...byCause.map(([Cause, difference]) => point(METRICS.failures, difference, { Cause })),
    ...(duplicates > 0 ? [point(METRICS.duplicates, duplicates)] : []),
    point(METRICS.evaluated, 1),
  ];
}
