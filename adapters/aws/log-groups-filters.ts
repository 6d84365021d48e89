/** The filters of one log group: what it has, made into what it shall have. */
import type { MetricFilter, SubscriptionFilter } from '@aws-sdk/client-cloudwatch-logs';
import {
  type GroupContract,
  METRIC_NAMESPACE,
  type SubscribeRequest,
} from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { LogGroupsClient } from './log-groups-client.ts';

/** A log group and the filters it shall have; `stale` are names of ours that it shall not have any more. */
export type GroupPlan = {
  readonly name: string;
  readonly wanted: readonly GroupContract[];
  readonly stale: ReadonlySet<string>;
};

type Settling = {
  readonly client: LogGroupsClient;
  readonly plan: GroupPlan;
  readonly destinationArn: SubscribeRequest['destinationArn'];
};

/** Puts and deletes what differs, only under names of ours. Tells whether anything did; throws `AppError` or the SDK's errors. */
export async function settleFilters(settling: Settling): Promise<boolean> {
  const isSubscriptionChanged = await settleSubscriptions(settling);
  return (await settleMetrics(settling)) || isSubscriptionChanged;
}

async function settleSubscriptions({ client, plan, destinationArn }: Settling): Promise<boolean> {
  const existing = await listSubscriptions(client, plan.name);
  const stale = existing.flatMap(({ filterName }) =>
    filterName !== undefined && plan.stale.has(filterName) ? [filterName] : [],
  );
  const missing = plan.wanted.filter((contract) => {
    return !existing.some((filter) => isSameSubscription(filter, contract, destinationArn));
  });
  const isChanged = stale.length + missing.length > 0;
  for (const contract of missing) {
    const put = () =>
      client.putSubscriptionFilter({
        logGroupName: plan.name,
        filterName: contract.filterName,
        filterPattern: contract.filterPattern,
        destinationArn,
      });
    // A new one before the old one goes, so that nothing is lost between them; unless it has no room beside it.
    const deleteStale = () => deleteSubscription(client, plan.name, stale.shift());
    const refusal = await putIfRoom(put, stale.length > 0 ? deleteStale : null);
    if (refusal !== null) {
      throw noRoom(plan.name, await listSubscriptions(client, plan.name), refusal);
    }
  }
  while (stale.length > 0) await deleteSubscription(client, plan.name, stale.shift());
  return isChanged;
}

async function listSubscriptions(
  client: LogGroupsClient,
  logGroupName: string,
): Promise<readonly SubscriptionFilter[]> {
  const filters: SubscriptionFilter[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.describeSubscriptionFilters({
      logGroupName,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    filters.push(...(page.subscriptionFilters ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return filters;
}

function isSameSubscription(
  filter: SubscriptionFilter,
  contract: GroupContract,
  destinationArn: string,
): boolean {
  return (
    filter.filterName === contract.filterName &&
    filter.destinationArn === destinationArn &&
    (filter.filterPattern ?? '') === contract.filterPattern
  );
}

/**
 * `null`, or why there is no room. How many filters a group can have differs by Region and is being raised:
 * CloudWatch Logs knows.
 */
async function putIfRoom(
  put: () => Promise<unknown>,
  makeRoom: (() => Promise<void>) | null,
): Promise<Error | null> {
  try {
    await put();
    return null;
  } catch (error) {
    if (!hasName(error, 'LimitExceededException')) throw error;
    if (makeRoom === null) return error;
    await makeRoom();
    return putIfRoom(put, null);
  }
}

async function deleteSubscription(
  client: LogGroupsClient,
  logGroupName: string,
  filterName: string | undefined,
): Promise<void> {
  if (filterName !== undefined) await client.deleteSubscriptionFilter({ logGroupName, filterName });
}

function noRoom(name: string, holders: readonly SubscriptionFilter[], refusal: Error): AppError {
  const names = holders.map((filter) => `"${filter.filterName}"`).join(', ');
  return new AppError(
    'NoFilterSlot',
    `log group "${name}" has no room for another subscription filter beside ${names} (${refusal.message}): delete one that is not needed, or let one consumer pass the logs on to the others`,
    { cause: refusal },
  );
}

async function settleMetrics({ client, plan }: Settling): Promise<boolean> {
  const counted = plan.wanted.filter(({ requestMetric }) => requestMetric !== null);
  if (counted.length === 0 && plan.stale.size === 0) return false;
  const existing = await listMetrics(client, plan.name);
  const missing = counted.filter((contract) => {
    return !existing.some((filter) => isSameMetric(filter, contract));
  });
  for (const { filterName, requestMetric } of missing) {
    await client.putMetricFilter({
      logGroupName: plan.name,
      filterName,
      filterPattern: '',
      metricTransformations: [{ ...COUNT, metricName: requestMetric ?? '' }],
    });
  }
  const stale = existing.flatMap(({ filterName = '' }) =>
    plan.stale.has(filterName) ? [filterName] : [],
  );
  for (const filterName of stale) {
    await client.deleteMetricFilter({ logGroupName: plan.name, filterName });
  }
  return missing.length + stale.length > 0;
}

/** One for each line; without dimensions, which forbid a default value. */
const COUNT = { metricNamespace: METRIC_NAMESPACE, metricValue: '1', defaultValue: 0 } as const;

async function listMetrics(
  client: LogGroupsClient,
  logGroupName: string,
): Promise<readonly MetricFilter[]> {
  const filters: MetricFilter[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.describeMetricFilters({
      logGroupName,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    filters.push(...(page.metricFilters ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return filters;
}

function isSameMetric(filter: MetricFilter, { filterName, requestMetric }: GroupContract): boolean {
  const [count] = filter.metricTransformations ?? [];
  return (
    filter.filterName === filterName &&
    (filter.filterPattern ?? '') === '' &&
    count?.metricName === requestMetric &&
    count?.metricNamespace === COUNT.metricNamespace &&
    count?.metricValue === COUNT.metricValue
  );
}

/** Whether an error of the SDK is of that kind; its classes would load the SDK. */
export function hasName(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}
