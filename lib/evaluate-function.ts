import { Duration, aws_lambda_event_sources as eventSources } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { PolicyConfig } from '../core/config/config.ts';
import { ENV, SWEEP_EVENT } from '../core/contract.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { AlertTopic } from './alert-topic.ts';
import type { Deployment } from './deployment.ts';
import type { FailureTable } from './failure-table.ts';
import { FunctionSchedule } from './function-schedule.ts';
import { grantOnLogGroups } from './log-group-policies.ts';
import { PipelineFunction } from './pipeline-function.ts';
import type { WakeQueue } from './wake-queue.ts';

export type EvaluateFunctionProps = {
  readonly deployment: Deployment;
  readonly table: FailureTable;
  readonly wakeQueue: WakeQueue;
  readonly alerts: AlertTopic;
  readonly policy: PolicyConfig;
  /** See `encodeServices`. */
  readonly services: string;
  /** See `encodeLogGroups`. */
  readonly logGroups: string;
  /** ARNs of the log groups that are looked into when an alert is sent. */
  readonly searched: readonly string[];
  /** See `encodeEmails`. */
  readonly emails: string;
};

export const EVALUATE_TIMEOUT = Duration.minutes(1);

/**
 * Counts the minutes that changed, names their causes, and publishes what becomes an alert: when it is woken, and
 * once a minute.
 */
export class EvaluateFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, props: EvaluateFunctionProps) {
    const { deployment, table, wakeQueue, alerts } = props;
    super(scope, id, {
      deployment,
      name: 'evaluate',
      description: 'badgateway: counts failures by minute, names their causes, and alerts',
      timeout: EVALUATE_TIMEOUT,
      // A whole processor; and room for an outage of many hosts at once.
      memoryMb: 1_769,
      // The next sweep does the same work.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(5),
      environment: {
        ...table.environment,
        ...wakeQueue.environment,
        ...alerts.environment,
        [ENV.policy]: JSON.stringify(props.policy),
        [ENV.services]: props.services,
        [ENV.logGroups]: props.logGroups,
        [ENV.alertEmails]: props.emails,
      },
    });
    table.grantPut(this);
    table.grantQuery(this);
    table.grantDelete(this);
    wakeQueue.grantSend(this);
    alerts.grantPublish(this);
    this.allowLookingUp(alerts, props.searched);
    this.function.addEventSource(
      new eventSources.SqsEventSource(wakeQueue.queue, {
        // One service an invocation: none waits for another, or fails with it.
        batchSize: 1,
        reportBatchItemFailures: true,
      }),
    );
    new FunctionSchedule(this, 'Sweep', {
      deployment,
      target: this,
      everyMinutes: 1,
      input: JSON.stringify(SWEEP_EVENT),
    });
  }
  /** What a message says beside the incident: lines of logs, the share of requests; and who gets no messages. */
  private allowLookingUp(alerts: AlertTopic, searched: readonly string[]): void {
    grantOnLogGroups(this, 'Searched', { actions: ['logs:FilterLogEvents'], arns: searched });
    this.allow(['sns:ListSubscriptionsByTopic'], [alerts.topic.topicArn]);
    this.allow(['cloudwatch:GetMetricData'], ['*']);
    acknowledgeWildcard(
      this.role,
      '*',
      'GetMetricData knows no resources (service authorization reference); it reads numbers alone.',
    );
  }
}
