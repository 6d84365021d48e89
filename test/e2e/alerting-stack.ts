/** A deployed stack whose alerts a test sees: what the topic is told, what a queue gets, and what Slack gets. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { dynamodbTable } from '../../adapters/aws/dynamodb-table.ts';
import { TEST_ENV } from '../../core/contract.ts';
import type { AlertDocument } from '../../core/messages/alert-document.ts';
import type { Table } from '../../core/table.ts';
import { SlackServer } from '../adapters/aws/slack-server.ts';
import { type Aws, Deployment } from './deployment.ts';
import { clientConfig } from './ministack.ts';
import { PASS, Relay, type RelayedRequest, type Ruling } from './relay.ts';

const ACCOUNT = '000000000000';

/** A document about one incident. */
export type IncidentDocument = Extract<AlertDocument, { readonly incident: unknown }>;

/** One publication that the topic took. MiniStack sends no e-mails: this is what it would send. */
export type Publication = {
  readonly at: number;
  readonly subject: string;
  readonly email: string;
  /** For Amazon Q in chat applications. */
  readonly chat: { readonly content: ChatContent };
  readonly document: AlertDocument;
};

type ChatContent = {
  readonly title: string;
  readonly description: string;
  readonly nextSteps: readonly string[];
};

/** One message that a queue got from the topic. */
export type Received = {
  readonly at: number;
  readonly document: AlertDocument;
  readonly attributes: Readonly<Record<string, string>>;
};

export class AlertingStack {
  readonly slack: SlackServer;
  readonly published: Publication[] = [];
  readonly received: Received[] = [];
  /** What becomes of a publication; by default the topic takes it. */
  judge: (document: AlertDocument) => Ruling = () => PASS;
  /** What becomes of a request to the table. */
  judgeTable: (request: RelayedRequest) => Ruling = () => PASS;
  readonly #aws: Aws;
  readonly #deployment: Deployment;
  readonly #relays: Relay[] = [];
  readonly #lambda: LambdaClient;
  readonly #sqs: SQSClient;
  readonly #stopped = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  private constructor(aws: Aws, name: string, slack: SlackServer) {
    this.#aws = aws;
    this.slack = slack;
    this.#deployment = new Deployment(aws, name);
    this.#lambda = new LambdaClient({ ...clientConfig(aws), maxAttempts: 3, requestHandler: {} });
    this.#sqs = new SQSClient(clientConfig(aws));
  }

  /** Deploys; `yaml` is the configuration without `alerts.email` and `alerts.slack`, which are added. */
  static async deploy(aws: Aws, name: string, yaml: string): Promise<AlertingStack> {
    const stack = new AlertingStack(aws, name, await SlackServer.start());
    const secretArn = await stack.#makeSecret();
    await stack.#deployment.bootstrap();
    const alerts = `alerts:\n  email: ops@example.com\n  slack: { webhookSecret: "${secretArn}" }\n`;
    await stack.#deployment.deploy(`${yaml}${alerts}`);
    const [topic, table] = [await stack.#relayTopic(), await stack.#relayTable()];
    await stack.setVariables('EvaluateFunctionName', {
      AWS_ENDPOINT_URL_SNS: topic,
      AWS_ENDPOINT_URL_DYNAMODB: table,
    });
    await stack.setVariables('IngestFunctionName', { AWS_ENDPOINT_URL_DYNAMODB: table });
    await stack.setVariables('SlackFunctionName', {
      [TEST_ENV.slackOrigin]: stack.slack.origin,
      AWS_ENDPOINT_URL_DYNAMODB: table,
    });
    await stack.#subscribeQueue();
    return stack;
  }

  async destroy(): Promise<void> {
    this.#stopped.abort();
    await this.#reading;
    await this.#deployment.destroy();
    this.slack.stop();
    for (const relay of this.#relays) relay.stop();
    this.#lambda.destroy();
    this.#sqs.destroy();
  }

  get name(): string {
    return this.#deployment.name;
  }

  /** An output of the stack. */
  output(name: string): string {
    const value = this.#deployment.outputs()[name];
    if (value === undefined) throw new Error(`no output ${name}`);
    return value;
  }

  /** The table, without the relay. */
  table(): Table {
    const config = clientConfig(this.#aws);
    return dynamodbTable({ tableName: this.output('TableName'), clock: Date.now, config });
  }

  /** Invokes a function and waits for its end; throws when it fails. */
  async invoke(output: string, payload: unknown): Promise<void> {
    const { FunctionError, Payload } = await this.#lambda.send(
      new InvokeCommand({
        FunctionName: this.output(output),
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    if (FunctionError) throw new Error(`${output}: ${Buffer.from(Payload ?? []).toString()}`);
  }

  /** Hands an event to a function as CloudWatch Logs does, which does not wait and has Lambda repeat it. */
  async send(output: string, payload: unknown): Promise<void> {
    await this.#lambda.send(
      new InvokeCommand({
        FunctionName: this.output(output),
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
  }

  /** What a function's environment says. */
  async variables(output: string): Promise<Readonly<Record<string, string>>> {
    const get = new GetFunctionConfigurationCommand({ FunctionName: this.output(output) });
    return (await this.#lambda.send(get)).Environment?.Variables ?? {};
  }

  /** Adds variables to those that the stack has set. */
  async setVariables(output: string, more: Readonly<Record<string, string>>): Promise<void> {
    const FunctionName = this.output(output);
    const Variables = { ...(await this.variables(output)), ...more };
    await this.#lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
    );
  }

  /** What the queue got of a service, oldest first. */
  receivedOf(service: string): readonly Received[] {
    return this.received.filter(({ document }) => document.service === service);
  }

  /** Waits until the queue has got a transition of a service by itself. */
  async transitionOf(service: string, transition: string, withinMs: number) {
    const { document, ...received } = await eventually(
      `${service} to be ${transition}`,
      withinMs,
      () => this.receivedOf(service).find(({ document }) => document.transition === transition),
    );
    if (!('incident' in document)) throw new Error(`${document.id} is about no incident`);
    return { ...received, document };
  }

  async #makeSecret(): Promise<string> {
    const client = new SecretsManagerClient(clientConfig(this.#aws));
    const SecretString = `${this.slack.origin}/services/T000/B000/verysecretpath`;
    const Name = `${this.name}-webhook`;
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name, SecretString }));
    client.destroy();
    return ARN;
  }

  async #relayTopic(): Promise<string> {
    const relay = await Relay.start({
      endpoint: this.#aws.endpoint,
      judge: (request) => this.judge(publicationIn(request).document),
      onDone: (request) => this.published.push(publicationIn(request)),
    });
    this.#relays.push(relay);
    return relay.origin;
  }

  async #relayTable(): Promise<string> {
    const { endpoint } = this.#aws;
    const relay = await Relay.start({ endpoint, judge: (request) => this.judgeTable(request) });
    this.#relays.push(relay);
    return relay.origin;
  }

  async #subscribeQueue(): Promise<void> {
    const TopicArn = this.output('AlertTopicArn');
    const QueueName = `${this.name}-subscriber`;
    const arn = `arn:aws:sqs:${this.#aws.region}:${ACCOUNT}:${QueueName}`;
    const Statement = [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    ];
    const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) };
    const { QueueUrl = '' } = await this.#sqs.send(
      new CreateQueueCommand({ QueueName, Attributes }),
    );
    const sns = new SNSClient(clientConfig(this.#aws));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }));
    sns.destroy();
    this.#reading = this.#readQueue(QueueUrl);
  }

  async #readQueue(QueueUrl: string): Promise<void> {
    const receive = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
    while (!this.#stopped.signal.aborted) {
      const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand(receive));
      for (const { Body = '', ReceiptHandle } of Messages) {
        this.received.push(receivedIn(Body));
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
}

/** Polls until there is something; throws when there is nothing in time. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(100);
  }
  throw new Error(`waited ${withinMs / 1_000} s for ${what}, in vain`);
}

function publicationIn({ body }: RelayedRequest): Publication {
  const fields = new URLSearchParams(body);
  const bodies = JSON.parse(fields.get('Message') ?? '{}');
  return {
    at: Date.now(),
    subject: fields.get('Subject') ?? '',
    email: bodies.email,
    chat: JSON.parse(bodies.https),
    document: JSON.parse(bodies.default),
  };
}

function receivedIn(body: string): Received {
  const { Message, MessageAttributes = {} } = JSON.parse(body);
  const attributes = Object.entries(MessageAttributes as Record<string, { Value: string }>);
  return {
    at: Date.now(),
    document: JSON.parse(Message),
    attributes: Object.fromEntries(attributes.map(([name, { Value }]) => [name, Value])),
  };
}
