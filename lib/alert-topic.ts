import { aws_iam as iam, Stack, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AlertsConfig } from '../core/config/config.ts';
import { constructIdOf } from './construct-id.ts';
import type { Deployment } from './deployment.ts';

/**
 * Where all alerts go, for any number of readers. Takes messages only over TLS. Without a key of the customer's it is
 * encrypted as every topic is: under `alias/aws/sns` no alarm of CloudWatch could publish.
 */
export class AlertTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, deployment: Deployment, { email }: AlertsConfig) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', {
      displayName: 'badgateway',
      enforceSSL: true,
      ...(deployment.encryptionKey ? { masterKey: deployment.encryptionKey } : {}),
    });
    for (const address of email) {
      new sns.Subscription(this, constructIdOf(address), {
        topic: this.topic,
        protocol: sns.SubscriptionProtocol.EMAIL,
        endpoint: address,
      });
    }
    this.topic.addToResourcePolicy(alarmsMayPublish(this, this.topic));
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
