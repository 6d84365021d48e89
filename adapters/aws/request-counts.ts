/** Counts a service's requests by its request metric, for the share of them that fails. */
import { METRIC_NAMESPACE, requestMetricName } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { CountRequests } from '../../core/incident/advance-incidents.ts';
import type { RequestCounts } from '../../core/incident/opening-rule.ts';
import { requestCountsOf } from '../../core/incident/request-counts.ts';
import { MINUTE_MS } from '../../core/records/keys.ts';
import type { MetricDataClient } from './request-counts-client.ts';

export type RequestCountsOptions = {
  readonly deployment: string;
  readonly clock: () => number;
  /** Told why requests could not be counted. */
  readonly onError: (error: AppError, service: string) => void;
  readonly open?: () => Promise<MetricDataClient>;
};

/** Minutes of one request: one page, whose points are one a minute. */
const MAX_MINUTES = 500;
const TIME_LIMIT_MS = 3_000;

/**
 * Asks once a service and minute, failed or not: within a minute nothing new can be known, and each question costs.
 * `null` when CloudWatch could not be asked, or knows nothing.
 */
export function countRequestsBy(options: RequestCountsOptions): CountRequests {
  const { clock, onError } = options;
  const known = new Map<string, { minute: number; counts: Promise<RequestCounts | null> }>();
  return (service, from, to) => {
    const minute = Math.floor(clock() / MINUTE_MS);
    const before = known.get(service);
    if (before?.minute === minute) return before.counts;
    const counts = ask(options, { service, from, to }).catch((error: unknown) => {
      onError(metricError(error), service);
      return null;
    });
    known.set(service, { minute, counts });
    return counts;
  };
}

type Question = { readonly service: string; readonly from: number; readonly to: number };

async function ask(
  { deployment, clock, open = openClient }: RequestCountsOptions,
  { service, from, to }: Question,
): Promise<RequestCounts | null> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const client = await open();
  const { MetricDataResults: results } = await client.getMetricData(
    {
      StartTime: new Date(Math.max(from, to + 1 - MAX_MINUTES) * MINUTE_MS),
      EndTime: new Date((to + 1) * MINUTE_MS),
      ScanBy: 'TimestampDescending',
      MaxDatapoints: MAX_MINUTES,
      MetricDataQueries: [
        {
          Id: 'requests',
          MetricStat: {
            Metric: {
              Namespace: METRIC_NAMESPACE,
              MetricName: requestMetricName(deployment, service),
            },
            Period: 60,
            Stat: 'Sum',
          },
        },
      ],
    },
    signal,
  );
  const { Timestamps = [], Values = [] } = results?.[0] ?? {};
  const points = Timestamps.flatMap((time, index) => {
    const requests = Values[index];
    return requests === undefined ? [] : [{ minute: time.getTime() / MINUTE_MS, requests }];
  });
  const counts = requestCountsOf(points, clock());
  return counts.size === 0 ? null : counts;
}

async function openClient(): Promise<MetricDataClient> {
  const { metricDataClient } = await import('./request-counts-client.ts');
  shared ??= metricDataClient();
  return shared;
}

let shared: MetricDataClient | null = null;

function metricError(error: unknown): AppError {
  const { name } = Object(error) as Record<string, unknown>;
  return new AppError('RequestsNotCounted', `cloudwatch:GetMetricData failed (${String(name)})`, {
    hint: 'until it works the share of failed requests is not known',
  });
}
