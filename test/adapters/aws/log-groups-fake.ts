/** CloudWatch Logs as far as log groups and their filters go, with a record of what it was asked. */
import type { LogStream, MetricFilter, SubscriptionFilter } from '@aws-sdk/client-cloudwatch-logs';
import type { LogGroupsClient } from '../../../adapters/aws/log-groups-client.ts';

type Operation = keyof LogGroupsClient;
type FakeGroup = {
  logGroupClass: 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY' | undefined;
  subscriptionFilters: SubscriptionFilter[];
  metricFilters: MetricFilter[];
  /** The last written first. */
  streams: LogStream[];
};
type Named = { readonly logGroupName?: string | undefined };

const PAGE = 2;
const SLOTS = 2;

export class FakeLogGroups implements LogGroupsClient {
  readonly groups = new Map<string, FakeGroup>();
  /** Operation and log group, in order. */
  readonly calls: string[] = [];
  /** What to answer an operation on a group with, by `operation group`. */
  readonly errors = new Map<string, Error>();

  add(name: string, logGroupClass?: FakeGroup['logGroupClass']): void {
    this.groups.set(name, {
      logGroupClass,
      subscriptionFilters: [],
      metricFilters: [],
      streams: [],
    });
  }

  /** A filter that is not ours. */
  occupy(name: string, ...filterNames: string[]): void {
    for (const filterName of filterNames) {
      this.#group(name).subscriptionFilters.push({ filterName, destinationArn: 'arn:other' });
    }
  }

  /** Puts and deletes since the last time. */
  takeChanges(): string[] {
    return this.calls.splice(0).filter((call) => !call.startsWith('describe'));
  }

  filtersOf(name: string): string[] {
    return this.#group(name).subscriptionFilters.map(({ filterName }) => filterName ?? '');
  }

  describeLogGroups: LogGroupsClient['describeLogGroups'] = async (input) => {
    this.#record('describeLogGroups', { logGroupName: input.logGroupNamePrefix });
    const names = [...this.groups.keys()].sort();
    const found = names.filter((name) => name.startsWith(input.logGroupNamePrefix ?? ''));
    const from = Number(input.nextToken ?? 0);
    return {
      logGroups: found.slice(from, from + PAGE).map((logGroupName) => {
        return { logGroupName, logGroupClass: this.groups.get(logGroupName)?.logGroupClass };
      }),
      nextToken: found.length > from + PAGE ? String(from + PAGE) : undefined,
    };
  };

  /** A stream that was written to; later ones first. */
  write(name: string, logStreamName: string, lastEventTimestamp: number): void {
    this.#group(name).streams.unshift({ logStreamName, lastEventTimestamp });
  }

  describeLogStreams: LogGroupsClient['describeLogStreams'] = async (input) => {
    this.#record('describeLogStreams', input);
    const { streams } = this.#group(input.logGroupName);
    const from = Number(input.nextToken ?? 0);
    return {
      logStreams: streams.slice(from, from + PAGE),
      nextToken: streams.length > from + PAGE ? String(from + PAGE) : undefined,
    };
  };

  describeSubscriptionFilters: LogGroupsClient['describeSubscriptionFilters'] = async (input) => {
    this.#record('describeSubscriptionFilters', input);
    return { subscriptionFilters: [...this.#group(input.logGroupName).subscriptionFilters] };
  };

  describeMetricFilters: LogGroupsClient['describeMetricFilters'] = async (input) => {
    this.#record('describeMetricFilters', input);
    return { metricFilters: [...this.#group(input.logGroupName).metricFilters] };
  };

  putSubscriptionFilter: LogGroupsClient['putSubscriptionFilter'] = async (input) => {
    this.#record('putSubscriptionFilter', input);
    const { subscriptionFilters } = this.#group(input.logGroupName);
    const others = subscriptionFilters.filter((one) => one.filterName !== input.filterName);
    if (others.length >= SLOTS) throw errorNamed('LimitExceededException');
    this.#group(input.logGroupName).subscriptionFilters = [...others, { ...input }];
  };

  deleteSubscriptionFilter: LogGroupsClient['deleteSubscriptionFilter'] = async (input) => {
    this.#record('deleteSubscriptionFilter', input);
    const group = this.#group(input.logGroupName);
    group.subscriptionFilters = group.subscriptionFilters.filter(
      (one) => one.filterName !== input.filterName,
    );
  };

  putMetricFilter: LogGroupsClient['putMetricFilter'] = async (input) => {
    this.#record('putMetricFilter', input);
    const group = this.#group(input.logGroupName);
    const others = group.metricFilters.filter((one) => one.filterName !== input.filterName);
    group.metricFilters = [...others, { ...input }];
  };

  deleteMetricFilter: LogGroupsClient['deleteMetricFilter'] = async (input) => {
    this.#record('deleteMetricFilter', input);
    const group = this.#group(input.logGroupName);
    group.metricFilters = group.metricFilters.filter((one) => one.filterName !== input.filterName);
  };

  #record(operation: Operation, { logGroupName = '' }: Named): void {
    this.calls.push(`${operation} ${logGroupName}`);
    const error = this.errors.get(`${operation} ${logGroupName}`);
    if (error !== undefined) throw error;
  }

  #group(name = ''): FakeGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw errorNamed('ResourceNotFoundException');
    return group;
  }
}

export function errorNamed(name: string, message = 'no details'): Error {
  return Object.assign(new Error(message), { name });
}
