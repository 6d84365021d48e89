import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../core/contract.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { Deployment } from './deployment.ts';
import type { FailureTable } from './failure-table.ts';
import { grantOnLogGroups } from './log-group-policies.ts';
import { PipelineFunction } from './pipeline-function.ts';

export type SubscribeFunctionProps = {
  readonly deployment: Deployment;
  readonly table: FailureTable;
  /** See `encodeServices`. */
  readonly services: string;
  /** ARNs of the log groups that it puts filters on. */
  readonly filtered: readonly string[];
  /** ARNs of the log groups that it only looks at. */
  readonly watched: readonly string[];
};

/**
 * Puts and removes filters on log groups that CloudFormation does not know, and notes which hosts write to the
 * services' log groups.
 */
export class SubscribeFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, props: SubscribeFunctionProps) {
    const { deployment, table } = props;
    super(scope, id, {
      deployment,
      name: 'subscribe',
      description: 'badgateway: subscribes to log groups, also to those that appear later',
      // CloudWatch Logs takes five new filters a second.
      timeout: Duration.minutes(10),
      memoryMb: 256,
      retryAttempts: 2,
      maxEventAge: Duration.minutes(15),
      environment: { ...table.environment, [ENV.services]: props.services },
    });
    table.grantPut(this);
    table.grantQuery(this);
    grantOnLogGroups(this, 'Filtered', {
      actions: ['logs:DescribeLogStreams', 'logs:PutMetricFilter', 'logs:PutSubscriptionFilter'],
      arns: props.filtered,
    });
    grantOnLogGroups(this, 'Watched', {
      actions: ['logs:DescribeLogStreams'],
      arns: props.watched,
    });
    this.allowRemoval();
  }

  private allowRemoval(): void {
    const anywhere = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.allow(
      [
        'logs:DeleteMetricFilter',
        'logs:DeleteSubscriptionFilter',
        'logs:DescribeLogGroups',
        'logs:DescribeMetricFilters',
        'logs:DescribeSubscriptionFilters',
      ],
      [anywhere],
    );
    acknowledgeWildcard(
      this.role,
      anywhere,
      'Filters must go from groups that the configuration has no more; none can be put on others.',
    );
  }
}
