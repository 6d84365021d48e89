import { afterEach, describe, expect, it, vi } from 'vitest';
import { publishMetrics } from '../../../adapters/aws/metrics.ts';
import type { MetricPoint } from '../../../core/metric-point.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function written(points: readonly MetricPoint[]): Record<string, unknown>[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  publishMetrics('prod', points);
  return lines.map((line) => JSON.parse(line));
}

const AT = Date.UTC(2026, 10, 20, 12);

describe('metrics in the embedded format', () => {
  it('are one line a set of dimensions and time, with the deployment as the first dimension', () => {
    const dimensions = { Service: 'shop' };
    const documents = written([
      { name: 'Events', unit: 'Count', value: 3, dimensions, atMs: AT },
      { name: 'DeliveryLag', unit: 'Milliseconds', value: 1_500, dimensions, atMs: AT },
      {
        name: 'Failures',
        unit: 'Count',
        value: -2,
        dimensions: { ...dimensions, Cause: 'unknown' },
        atMs: AT,
      },
    ]);
    expect(documents).toEqual([
      {
        _aws: {
          Timestamp: AT,
          CloudWatchMetrics: [
            {
              Namespace: 'BadGateway',
              Dimensions: [['Deployment', 'Service']],
              Metrics: [
                { Name: 'Events', Unit: 'Count' },
                { Name: 'DeliveryLag', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
        Deployment: 'prod',
        Service: 'shop',
        Events: 3,
        DeliveryLag: 1_500,
      },
      {
        _aws: {
          Timestamp: AT,
          CloudWatchMetrics: [
            {
              Namespace: 'BadGateway',
              Dimensions: [['Deployment', 'Service', 'Cause']],
              Metrics: [{ Name: 'Failures', Unit: 'Count' }],
            },
          ],
        },
        Deployment: 'prod',
        Service: 'shop',
        Cause: 'unknown',
        Failures: -2,
      },
    ]);
  });

  it('have the time of the writing when they have none of their own', () => {
    const [document] = written([{ name: 'Events', unit: 'Count', value: 1, dimensions: {} }]);
    const at = (document as { _aws: { Timestamp: number } })._aws.Timestamp;
    expect(Math.abs(at - Date.now())).toBeLessThan(5_000);
  });
});
