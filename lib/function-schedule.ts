import { aws_iam as iam, Stack, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { grantKey } from './encryption-key.ts';
import type { PipelineFunction } from './pipeline-function.ts';

export type FunctionScheduleProps = {
  readonly deployment: Deployment;
  readonly target: PipelineFunction;
  readonly everyMinutes: number;
  /** JSON text of the event. */
  readonly input: string;
};

/** Invokes a function at an interval; what cannot be handed to it goes to its dead-letter queue. */
export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { deployment, target, everyMinutes } = props;
    const role = new iam.Role(this, 'Role', { assumedBy: schedulerOf(Stack.of(this)) });
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [target.function.functionArn],
      }),
    );
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [target.deadLetterQueue.queueArn],
      }),
    );
    grantKey(deployment, role);
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      scheduleExpression: everyMinutes === 1 ? 'rate(1 minute)' : `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.function.functionArn,
        roleArn: role.roleArn,
        input: props.input,
        deadLetterConfig: { arn: target.deadLetterQueue.queueArn },
        // The next one does the same work.
        retryPolicy: { maximumEventAgeInSeconds: everyMinutes * 60, maximumRetryAttempts: 3 },
      },
    });
    schedule.node.addDependency(role);
  }
}

/** Only schedules of this account may take the role. */
function schedulerOf(stack: Stack): iam.IPrincipal {
  return new iam.ServicePrincipal('scheduler.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
  });
}
