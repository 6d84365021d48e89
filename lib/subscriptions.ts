import {
  ArnFormat,
  CustomResource,
  Duration,
  aws_logs_destinations as destinations,
  aws_lambda as lambda,
  aws_logs as logs,
  Stack,
} from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import { METRIC_NAMESPACE, type SubscribeRequest } from '../core/contract.ts';
import type { Deployment } from './deployment.ts';
import type { FailureTable } from './failure-table.ts';
import { FunctionSchedule } from './function-schedule.ts';
import { SubscribeFunction } from './subscribe-function.ts';
import {
  arnOfGroup,
  groupContractOf,
  type SubscribedGroup,
  watchedGroupOf,
} from './subscribed-groups.ts';

export type SubscriptionsProps = {
  readonly deployment: Deployment;
  readonly table: FailureTable;
  /** See `encodeServices`. */
  readonly services: string;
  readonly groups: readonly SubscribedGroup[];
  readonly destination: lambda.IFunction;
};

/** How often the log groups are looked through, for new ones and for hosts. */
const REFRESH_MINUTES = 5;

/**
 * Subscribes the ingest function to the services' log groups, and has their requests counted. Groups that this app
 * makes or was given as constructs get their filters from CloudFormation. The others may not exist yet, which must
 * not fail a deployment: a function of our own puts theirs, at each deployment and whenever a group has appeared.
 */
export class Subscriptions extends Construct {
  readonly subscribe: SubscribeFunction;

  constructor(scope: Construct, id: string, props: SubscriptionsProps) {
    super(scope, id);
    const { deployment, table, services, groups, destination } = props;
    const watched = groups.filter((group) => watchedGroupOf(group) !== null);
    const isFiltered = (group: SubscribedGroup) => groupContractOf(group) !== null;
    const arnOf = (group: SubscribedGroup) => arnOfGroup(this, group);
    this.subscribe = new SubscribeFunction(this, 'Subscribe', {
      deployment,
      table,
      services,
      filtered: watched.filter(isFiltered).map(arnOf),
      watched: watched.filter((group) => !isFiltered(group)).map(arnOf),
    });
    const byFunction = this.putByFunction(deployment, {
      deployment: deployment.name,
      destinationArn: destination.functionArn,
      groups: groups.map(groupContractOf).filter((group) => group !== null),
      watched: groups.map(watchedGroupOf).filter((group) => group !== null),
    });
    byFunction.node.addDependency(allowDelivery(this, destination));
    const target = new destinations.LambdaDestination(destination, { addPermissions: false });
    for (const group of watched) {
      // After the function, which may have to let go of a group first.
      putByTemplate(this, group, target, byFunction);
    }
  }

  private putByFunction(deployment: Deployment, request: SubscribeRequest): CustomResource {
    const stack = Stack.of(this);
    const resource = new CustomResource(this, 'LogGroups', {
      resourceType: 'Custom::BadGatewaySubscriptions',
      serviceToken: this.subscribe.function.functionArn,
      serviceTimeout: Duration.minutes(15),
      properties: { Request: stack.toJsonString(request) },
    });
    new FunctionSchedule(this, 'Refresh', {
      deployment,
      target: this.subscribe,
      everyMinutes: REFRESH_MINUTES,
      input: stack.toJsonString({ kind: 'refresh', request }),
    });
    return resource;
  }
}

/**
 * One permission for all log groups of the account: one for each would fill the function's policy (20 KB) with some
 * 50 of them, and without the account's number another account could invoke the function.
 */
function allowDelivery(scope: Construct, destination: lambda.IFunction): IDependable {
  const stack = Stack.of(scope);
  return new lambda.CfnPermission(scope, 'Delivery', {
    action: 'lambda:InvokeFunction',
    functionName: destination.functionArn,
    principal: 'logs.amazonaws.com',
    sourceAccount: stack.account,
    sourceArn: stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: '*:*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  });
}

function putByTemplate(
  scope: Construct,
  group: SubscribedGroup,
  destination: logs.ILogSubscriptionDestination,
  after: IDependable,
): void {
  const { service, role, config, logGroup, filterName, filterPattern, requestMetric } = group;
  if (logGroup === null || filterPattern === null) return;
  const within = new Construct(scope, `${service} ${role} ${config.name}`);
  const filter = new logs.SubscriptionFilter(within, 'Failures', {
    logGroup,
    destination,
    filterName,
    filterPattern: logs.FilterPattern.literal(filterPattern),
  });
  filter.node.addDependency(after);
  if (requestMetric === null) return;
  new logs.MetricFilter(within, 'Requests', {
    logGroup,
    filterName,
    filterPattern: logs.FilterPattern.allEvents(),
    metricNamespace: METRIC_NAMESPACE,
    metricName: requestMetric,
    metricValue: '1',
    defaultValue: 0,
  });
}
