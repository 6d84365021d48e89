import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  DeleteMetricFilterCommand,
  type DeleteMetricFilterRequest,
  DeleteSubscriptionFilterCommand,
  type DeleteSubscriptionFilterRequest,
  DescribeLogGroupsCommand,
  type DescribeLogGroupsRequest,
  type DescribeLogGroupsResponse,
  DescribeLogStreamsCommand,
  type DescribeLogStreamsRequest,
  type DescribeLogStreamsResponse,
  DescribeMetricFiltersCommand,
  type DescribeMetricFiltersRequest,
  type DescribeMetricFiltersResponse,
  DescribeSubscriptionFiltersCommand,
  type DescribeSubscriptionFiltersRequest,
  type DescribeSubscriptionFiltersResponse,
  PutMetricFilterCommand,
  type PutMetricFilterRequest,
  PutSubscriptionFilterCommand,
  type PutSubscriptionFilterRequest,
} from '@aws-sdk/client-cloudwatch-logs';

/** The requests about log groups and their filters, each named as its IAM action is. */
export type LogGroupsClient = {
  describeLogGroups(input: DescribeLogGroupsRequest): Promise<DescribeLogGroupsResponse>;
  describeLogStreams(input: DescribeLogStreamsRequest): Promise<DescribeLogStreamsResponse>;
  describeSubscriptionFilters(
    input: DescribeSubscriptionFiltersRequest,
  ): Promise<DescribeSubscriptionFiltersResponse>;
  describeMetricFilters(
    input: DescribeMetricFiltersRequest,
  ): Promise<DescribeMetricFiltersResponse>;
  putSubscriptionFilter(input: PutSubscriptionFilterRequest): Promise<unknown>;
  deleteSubscriptionFilter(input: DeleteSubscriptionFilterRequest): Promise<unknown>;
  putMetricFilter(input: PutMetricFilterRequest): Promise<unknown>;
  deleteMetricFilter(input: DeleteMetricFilterRequest): Promise<unknown>;
};

/** Requests that CloudWatch Logs throttles are sent again after a while; none takes longer than this. */
const BOUNDS: CloudWatchLogsClientConfig = {
  retryMode: 'standard',
  maxAttempts: 6,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
  },
};

/** A client with bounded retries and timeouts. This module loads the SDK: import it when it is needed. */
export function logGroupsClient(config: CloudWatchLogsClientConfig = {}): LogGroupsClient {
  const client = new CloudWatchLogsClient({ ...BOUNDS, ...config });
  return {
    describeLogGroups: (input) => client.send(new DescribeLogGroupsCommand(input)),
    describeLogStreams: (input) => client.send(new DescribeLogStreamsCommand(input)),
    describeSubscriptionFilters: (input) =>
      client.send(new DescribeSubscriptionFiltersCommand(input)),
    describeMetricFilters: (input) => client.send(new DescribeMetricFiltersCommand(input)),
    putSubscriptionFilter: (input) => client.send(new PutSubscriptionFilterCommand(input)),
    deleteSubscriptionFilter: (input) => client.send(new DeleteSubscriptionFilterCommand(input)),
    putMetricFilter: (input) => client.send(new PutMetricFilterCommand(input)),
    deleteMetricFilter: (input) => client.send(new DeleteMetricFilterCommand(input)),
  };
}
