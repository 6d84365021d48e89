import { aws_chatbot as chatbot, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AlertTopic } from './alert-topic.ts';
import type { Deployment } from './deployment.ts';

export type ChatChannelProps = {
  readonly deployment: Deployment;
  readonly alerts: AlertTopic;
  readonly workspaceId: string;
  readonly channelId: string;
};

/**
 * A Slack channel that gets the alerts through Amazon Q Developer in chat applications. The workspace must have been
 * authorised in its console, and its bot been invited to the channel if that is private. People in the channel can do
 * nothing to the account from there: the role is allowed nothing, and the guardrail, which would be
 * AdministratorAccess if it were left out, allows no more than reading whatever role they choose.
 */
export class ChatChannel extends Construct {
  readonly configuration: chatbot.CfnSlackChannelConfiguration;

  constructor(scope: Construct, id: string, props: ChatChannelProps) {
    super(scope, id);
    const { deployment, alerts, workspaceId, channelId } = props;
    const role = new iam.Role(this, 'Role', {
      // Without a condition: none is documented for this service, and there is nothing to be had with the role.
      assumedBy: new iam.ServicePrincipal('chatbot.amazonaws.com'),
      description: 'badgateway: of the chat channel; allows nothing',
    });
    this.configuration = new chatbot.CfnSlackChannelConfiguration(this, 'Channel', {
      // It can never be changed, and is unique in an account, not only in a Region.
      configurationName: `badgateway-${deployment.name.replaceAll('.', '-')}-${Stack.of(this).region}`,
      slackWorkspaceId: workspaceId,
      slackChannelId: channelId,
      iamRoleArn: role.roleArn,
      guardrailPolicies: [`arn:${Stack.of(this).partition}:iam::aws:policy/ReadOnlyAccess`],
      snsTopicArns: [alerts.topic.topicArn],
      loggingLevel: 'ERROR',
      userRoleRequired: false,
    });
  }
}
