import { Duration, aws_logs as logs, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AlertsConfig, Config } from '../core/config/config.ts';
import { DRILL_SERVICE } from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { AlertTopic } from './alert-topic.ts';
import { ChatChannel } from './chat-channel.ts';
import type { Deployment, DeploymentSettings } from './deployment.ts';
import { DrillLogGroup, refuseDrillService } from './drill-log-group.ts';
import { encodeEmails, encodeLogGroups, encodeServices } from './encode-services.ts';
import { grantKeyToServices } from './encryption-key.ts';
import { EVALUATE_TIMEOUT, EvaluateFunction } from './evaluate-function.ts';
import { FailureTable } from './failure-table.ts';
import { IngestFunction } from './ingest-function.ts';
import { LogGroups, namesToCreate } from './log-groups.ts';
import { Outputs } from './outputs.ts';
import { serviceContractOf } from './service-contract.ts';
import { SlackFunction } from './slack-function.ts';
import { arnOfGroup, isSearched, logGroupNames, subscribedGroups } from './subscribed-groups.ts';
import { Subscriptions } from './subscriptions.ts';
import { WakeQueue } from './wake-queue.ts';

/**
 * Longer than the function may take. AWS advises six times its timeout, for retries of throttled polls; but until then
 * a message that died with its function would hold back all others of its service.
 */
const VISIBILITY = Duration.seconds(1.5 * EVALUATE_TIMEOUT.toSeconds());

export type PipelineProps = {
  readonly config: Config;
  /** The log groups that are constructs, by their names in `config`. */
  readonly constructs: ReadonlyMap<string, logs.ILogGroup>;
  readonly settings: DeploymentSettings;
  /** What the names of the stack's outputs begin with. */
  readonly outputPrefix: string;
};

/** All parts of a deployment, from the services' log groups to the topic of alerts, wired together. */
export class Pipeline extends Construct {
  readonly deploymentName: string;
  readonly table: FailureTable;
  readonly wakeQueue: WakeQueue;
  readonly alerts: AlertTopic;
  readonly ingest: IngestFunction;
  readonly evaluate: EvaluateFunction;
  /** Of a Slack channel with a webhook. */
  readonly slack: SlackFunction | null;
  readonly subscriptions: Subscriptions;
  readonly drill: DrillLogGroup;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { config, constructs, settings, outputPrefix } = props;
    const deployment = deploymentOf(this, settings);
    this.deploymentName = deployment.name;
    refuseDrillService(config.services);
    grantKeyToServices(this, deployment, namesToCreate(config.services));
    const created = new LogGroups(this, 'LogGroups', deployment, config.services);
    const groups = subscribedGroups(
      deployment.name,
      config.services,
      new Map([...created.byName, ...constructs]),
    );
    const services = encodeServices([...config.services.map(serviceContractOf), DRILL_SERVICE]);
    this.table = new FailureTable(this, 'Failures', deployment);
    this.wakeQueue = new WakeQueue(this, 'WakeUps', deployment, VISIBILITY);
    this.alerts = new AlertTopic(this, 'Alerts', deployment, config.alerts);
    const parts = { deployment, services, table: this.table, wakeQueue: this.wakeQueue };
    this.ingest = new IngestFunction(this, 'Ingest', parts);
    this.evaluate = new EvaluateFunction(this, 'Evaluate', {
      ...parts,
      alerts: this.alerts,
      policy: config.alerts.policy,
      logGroups: encodeLogGroups(Stack.of(this), logGroupNames(groups)),
      searched: groups.filter(isSearched).map((group) => arnOfGroup(this, group)),
      emails: encodeEmails(Stack.of(this), config.alerts.email),
    });
    this.slack = this.connectSlack(deployment, config.alerts);
    this.subscriptions = new Subscriptions(this, 'Subscriptions', {
      ...parts,
      groups,
      destination: this.ingest.function,
    });
    this.drill = new DrillLogGroup(this, 'Drill', {
      deployment,
      destination: this.ingest.function,
    });
    // After the permission to deliver, without which CloudWatch Logs takes no filter.
    this.drill.node.addDependency(this.subscriptions);
    new Outputs(
      this,
      'Outputs',
      Object.fromEntries(
        Object.entries(this.outputs()).map(([name, value]) => [`${outputPrefix}${name}`, value]),
      ),
    );
  }

  private connectSlack(deployment: Deployment, { slack }: AlertsConfig): SlackFunction | null {
    const { table, alerts } = this;
    if (slack?.kind === 'webhook') {
      const { secretArn } = slack;
      return new SlackFunction(this, 'Slack', { deployment, table, alerts, secretArn });
    }
    if (slack?.kind === 'chat') {
      const { workspaceId, channelId } = slack;
      new ChatChannel(this, 'Chat', { deployment, alerts, workspaceId, channelId });
    }
    return null;
  }

  private outputs(): Record<string, string> {
    const { subscribe } = this.subscriptions;
    return {
      DeploymentName: this.deploymentName,
      TableName: this.table.table.tableName,
      AlertTopicArn: this.alerts.topic.topicArn,
      DrillLogGroupName: this.drill.logGroup.logGroupName,
      IngestFunctionName: this.ingest.function.functionName,
      EvaluateFunctionName: this.evaluate.function.functionName,
      SubscribeFunctionName: subscribe.function.functionName,
      WakeQueueUrl: this.wakeQueue.queue.queueUrl,
      WakeDeadLetterQueueUrl: this.wakeQueue.deadLetterQueue.queueUrl,
      IngestDeadLetterQueueUrl: this.ingest.deadLetterQueue.queueUrl,
      EvaluateDeadLetterQueueUrl: this.evaluate.deadLetterQueue.queueUrl,
      SubscribeDeadLetterQueueUrl: subscribe.deadLetterQueue.queueUrl,
      AlertDeadLetterQueueUrl: this.alerts.deadLetterQueue.queueUrl,
      ...(this.slack === null
        ? {}
        : {
            SlackFunctionName: this.slack.function.functionName,
            SlackDeadLetterQueueUrl: this.slack.deadLetterQueue.queueUrl,
          }),
    };
  }
}

function deploymentOf(scope: Construct, settings: DeploymentSettings): Deployment {
  return {
    name: checkName(
      settings.deploymentName ?? Names.uniqueResourceName(scope, { maxLength: 64, separator: '-' }),
    ),
    encryptionKey: settings.encryptionKey,
    logRetention: settings.logRetention ?? logs.RetentionDays.ONE_MONTH,
    removalPolicy: settings.removalPolicy ?? RemovalPolicy.RETAIN,
  };
}

/** It becomes a part of the names of log groups, filters and metrics. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return name;
  throw new AppError(
    'BadDeploymentName',
    `deployment name "${name}": use up to 64 letters, digits, dots, - and _`,
  );
}
