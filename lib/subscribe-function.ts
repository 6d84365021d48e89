import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { grantOnLogGroups } from './log-group-policies.ts';
import { PipelineFunction } from './pipeline-function.ts';

export type SubscribeFunctionProps = {
  readonly deployment: Deployment;
  /** ARNs of the log groups it may put filters on. */
  readonly logGroupArns: readonly string[];
};

/** Puts and removes filters on log groups that CloudFormation does not know. */
export class SubscribeFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, { deployment, logGroupArns }: SubscribeFunctionProps) {
    super(scope, id, {
      deployment,
      name: 'subscribe',
      description: 'badgateway: subscribes to log groups, also to those that appear later',
      // CloudWatch Logs takes five new filters a second.
      timeout: Duration.minutes(10),
      memoryMb: 256,
      retryAttempts: 2,
      maxEventAge: Duration.minutes(15),
      environment: {},
    });
    grantOnLogGroups(this, ['logs:PutMetricFilter', 'logs:PutSubscriptionFilter'], logGroupArns);
    this.allow(
      [
        'logs:DeleteMetricFilter',
        'logs:DeleteSubscriptionFilter',
        'logs:DescribeLogGroups',
        'logs:DescribeMetricFilters',
        'logs:DescribeSubscriptionFilters',
      ],
      [anyLogGroup(Stack.of(this))],
    );
  }
}

/** Groups that were taken out of the configuration are not known any more; their filters must go all the same. */
function anyLogGroup(stack: Stack): string {
  return stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
