import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataInput,
  type GetMetricDataOutput,
} from '@aws-sdk/client-cloudwatch';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The one request that the functions make of CloudWatch's metrics. */
export type MetricDataClient = {
  getMetricData(
    input: GetMetricDataInput,
    signal: AbortSignal,
  ): Promise<Pick<GetMetricDataOutput, 'MetricDataResults'>>;
};

/** A client whose requests end with their signal. This module loads the SDK: import it when requests are counted. */
export function metricDataClient(): MetricDataClient {
  const client = new CloudWatchClient({
    ...NOTHING_TO_LOOK_UP,
    retryMode: 'standard',
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      throwOnRequestTimeout: true,
    },
  });
  return {
    getMetricData: (input, abortSignal) =>
      client.send(new GetMetricDataCommand(input), { abortSignal }),
  };
}
