import type { GetMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, it } from 'vitest';
import { countRequestsBy } from '../../../adapters/aws/request-counts.ts';
import type { AppError } from '../../../core/errors.ts';

const NOW = Math.floor(Date.UTC(2026, 10, 20, 14) / 60_000);
let nowMs: number;
let asked: GetMetricDataInput[];
let errors: AppError[];
let answer: () => readonly (readonly [minute: number, value: number])[];

beforeEach(() => {
  nowMs = NOW * 60_000;
  asked = [];
  errors = [];
  answer = () => [];
});

function counter() {
  return countRequestsBy({
    deployment: 'prod',
    clock: () => nowMs,
    onError: (error) => errors.push(error),
    open: async () => ({
      async getMetricData(input) {
        asked.push(input);
        const points = answer();
        return {
          MetricDataResults: [
            {
              Timestamps: points.map(([minute]) => new Date(minute * 60_000)),
              Values: points.map(([, value]) => value),
            },
          ],
        };
      },
    }),
  });
}

describe('counting requests', () => {
  it('asks for the metric that the metric filters count, by minute', async () => {
    await counter()('shop', NOW - 100, NOW);
    expect(asked).toEqual([
      {
        StartTime: new Date((NOW - 100) * 60_000),
        EndTime: new Date((NOW + 1) * 60_000),
        ScanBy: 'TimestampDescending',
        MaxDatapoints: 500,
        MetricDataQueries: [
          {
            Id: 'requests',
            MetricStat: {
              Metric: { Namespace: 'BadGateway', MetricName: 'Requests/prod/shop' },
              Period: 60,
              Stat: 'Sum',
            },
          },
        ],
      },
    ]);
  });

  it('asks for no more than it gets in one page, the latest', async () => {
    await counter()('shop', NOW - 9_999, NOW);
    expect(asked[0]?.StartTime).toEqual(new Date((NOW - 499) * 60_000));
  });

  it('knows no minute that may still grow, and takes a gap for a minute without requests', async () => {
    answer = () => [
      [NOW, 3],
      [NOW - 1, 20],
      [NOW - 2, 90],
      [NOW - 3, 100],
      [NOW - 5, 80],
    ];
    expect([...((await counter()('shop', NOW - 60, NOW)) ?? [])]).toEqual([
      [NOW - 5, 80],
      [NOW - 4, 0],
      [NOW - 3, 100],
    ]);
  });

  it('is not known without a point', async () => {
    expect(await counter()('shop', NOW - 60, NOW)).toBeNull();
    expect(errors).toEqual([]);
  });

  it('is asked once a minute of each service, also after a failure', async () => {
    answer = () => {
      throw Object.assign(new Error('secret'), { name: 'ThrottlingException' });
    };
    const count = counter();
    expect(await count('shop', NOW - 60, NOW)).toBeNull();
    expect(await count('shop', NOW - 60, NOW)).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'RequestsNotCounted',
        message: 'cloudwatch:GetMetricData failed (ThrottlingException)',
      }),
    ]);
    answer = () => [[NOW - 9, 1]];
    expect(await count('blog', NOW - 60, NOW)).not.toBeNull();
    nowMs += 60_000;
    expect(await count('shop', NOW - 59, NOW + 1)).not.toBeNull();
    expect(asked).toHaveLength(3);
  });
});
