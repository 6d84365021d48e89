import { aws_iam as iam, Stack, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AlertsConfig } from '../core/config/config.ts';
import { ENV } from '../core/contract.ts';
import { constructIdOf } from './construct-id.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Deployment } from './deployment.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/**
 * Where all alerts go, for any number of readers. Takes messages only over TLS. Without a key of the customer's it is
 * encrypted as every topic is: under `alias/aws/sns` no alarm of CloudWatch could publish.
 *
 * An app may subscribe more to `topic`: queues and functions get the machine document `badgateway/alert@1`, and an
 * HTTPS endpoint what Amazon Q Developer shows. Alarms of this account may publish to it.
 *
 * ```ts
 * badGateway.alerts.topic.addSubscription(
 *   new subscriptions.SqsSubscription(queue, {
 *     deadLetterQueue: badGateway.alerts.deadLetterQueue,
 *     filterPolicy: { service: sns.SubscriptionFilter.stringFilter({ allowlist: ['shop'] }) },
 *   }),
 * );
 * ```
 */
export class AlertTopic extends Construct {
  readonly topic: sns.Topic;
  /** What SNS could not hand to a subscriber, however often it tried: each message as that one would have got it. */
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, deployment: Deployment, { email }: AlertsConfig) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', {
      displayName: 'badgateway',
      enforceSSL: true,
      ...(deployment.encryptionKey ? { masterKey: deployment.encryptionKey } : {}),
    });
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', deployment, 'standard');
    for (const address of email) {
      new sns.Subscription(this, constructIdOf(address), {
        topic: this.topic,
        protocol: sns.SubscriptionProtocol.EMAIL,
        endpoint: address,
        deadLetterQueue: this.deadLetterQueue,
      });
    }
    this.topic.addToResourcePolicy(alarmsMayPublish(this, this.topic));
  }

  /** What a function needs to know of the topic. */
  get environment(): Record<string, string> {
    return { [ENV.alertTopicArn]: this.topic.topicArn };
  }

  /** The topic's key is the deployment's, which all of its functions may use. */
  grantPublish(to: PipelineFunction): void {
    to.allow(['sns:Publish'], [this.topic.topicArn]);
  }
}

/** A topic with a policy of its own has lost the default one, which lets the account's alarms publish. */
function alarmsMayPublish(scope: Construct, topic: sns.Topic): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'AlarmsOfThisAccount',
    principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  });
}
