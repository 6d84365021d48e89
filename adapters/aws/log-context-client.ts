import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsRequest,
  type FilterLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The one request that is made of CloudWatch Logs when an alert is sent. */
export type LogEventsClient = {
  filterLogEvents(
    input: FilterLogEventsRequest,
    signal: AbortSignal,
  ): Promise<Pick<FilterLogEventsResponse, 'events' | 'nextToken'>>;
};

/** A client whose requests end with their signal. This module loads the SDK: import it when something is searched. */
export function logEventsClient(): LogEventsClient {
  const client = new CloudWatchLogsClient({
    ...NOTHING_TO_LOOK_UP,
    retryMode: 'standard',
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 4_000,
      throwOnRequestTimeout: true,
    },
  });
  return {
    filterLogEvents: (input, abortSignal) =>
      client.send(new FilterLogEventsCommand(input), { abortSignal }),
  };
}
