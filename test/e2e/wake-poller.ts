/**
 * Stands for Lambda's poller of the queue of wake-ups. Lambda invokes the function for as many message groups of a
 * FIFO queue at once as there are, MiniStack for one after the other: with that, no two services would ever be
 * evaluated at the same time.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ENV } from '../../core/contract.ts';
import type { AlertingStack } from './alerting-stack.ts';
import type { Aws } from './deployment.ts';
import { clientConfig } from './ministack.ts';

const FUNCTION = 'EvaluateFunctionName';

export class WakePoller {
  /** Evaluations that were done, and the most that were under way at once. */
  invocations = 0;
  mostAtOnce = 0;
  readonly #stack: AlertingStack;
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();

  private constructor(stack: AlertingStack, sqs: SQSClient, queueUrl: string) {
    this.#stack = stack;
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  /** Takes MiniStack's place at the queue. */
  static async start(aws: Aws, stack: AlertingStack, atOnce: number): Promise<WakePoller> {
    const lambda = new LambdaClient(clientConfig(aws));
    const FunctionName = stack.output(FUNCTION);
    const { EventSourceMappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName }),
    );
    for (const { UUID } of EventSourceMappings) {
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    }
    lambda.destroy();
    const { [ENV.wakeQueueUrl]: queueUrl = '' } = await stack.variables(FUNCTION);
    const poller = new WakePoller(stack, new SQSClient(clientConfig(aws)), queueUrl);
    poller.#polling = poller.#poll(atOnce);
    return poller;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#polling;
    await Promise.all(this.#running);
    this.#sqs.destroy();
  }

  async #poll(atOnce: number): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const free = atOnce - this.#running.size;
      const messages = free > 0 ? await this.#receive(Math.min(10, free)) : [];
      for (const message of messages) this.#start(message);
      if (messages.length === 0) await wait(50);
    }
  }

  async #receive(MaxNumberOfMessages: number): Promise<readonly Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages }),
    );
    return Messages;
  }

  #start(message: Message): void {
    const work = this.#evaluate(message).finally(() => this.#running.delete(work));
    this.#running.add(work);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running.size);
  }

  /** A batch of one, as the stack has it. */
  async #evaluate({ MessageId, Body, ReceiptHandle }: Message): Promise<void> {
    const Records = [{ messageId: MessageId, body: Body, eventSource: 'aws:sqs' }];
    await this.#stack.invoke(FUNCTION, { Records });
    this.invocations++;
    await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
  }
}
