import type { LogGroupsClient } from './log-groups-client.ts';

/** PutSubscriptionFilter and its like take five requests a second, each of them for itself. */
const GAP_MS = 210;

export type Pace = {
  readonly clock: () => number;
  readonly wait: (ms: number) => Promise<void>;
};

/** The same client, made to leave some time between two requests of one kind. It serves one caller at a time. */
export function paceRequests(client: LogGroupsClient, { clock, wait }: Pace): LogGroupsClient {
  const paced = <Input, Output>(send: (input: Input) => Promise<Output>) => {
    let nextAt = Number.NEGATIVE_INFINITY;
    return async (input: Input): Promise<Output> => {
      const early = nextAt - clock();
      if (early > 0) await wait(early);
      nextAt = clock() + GAP_MS;
      return send(input);
    };
  };
  return {
    describeLogGroups: paced(client.describeLogGroups),
    describeLogStreams: paced(client.describeLogStreams),
    describeSubscriptionFilters: paced(client.describeSubscriptionFilters),
    describeMetricFilters: paced(client.describeMetricFilters),
    putSubscriptionFilter: paced(client.putSubscriptionFilter),
    deleteSubscriptionFilter: paced(client.deleteSubscriptionFilter),
    putMetricFilter: paced(client.putMetricFilter),
    deleteMetricFilter: paced(client.deleteMetricFilter),
  };
}
