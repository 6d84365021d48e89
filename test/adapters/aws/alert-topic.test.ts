import type { PublishInput } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import {
  alertTopic,
  MAX_MESSAGE_BYTES,
  type TopicMessage,
} from '../../../adapters/aws/alert-topic.ts';
import { paceBy } from '../../../adapters/aws/alert-topic-pace.ts';
import { memoryTable } from '../../fakes/memory-table.ts';

const ARN = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const MESSAGE: TopicMessage = {
  subject: '[shop] Gunicorn workers time out',
  bodies: { default: '{"schema":"badgateway/alert@1"}', email: 'Gunicorn on shop …' },
  attributes: {
    service: { type: 'String', value: 'shop' },
    cause: { type: 'String.Array', value: '["worker-timeout","worker-oom"]' },
  },
};

/** Keeps what is published; throws what it is given. */
function fake(errors: unknown[] = []) {
  const published: PublishInput[] = [];
  let opened = 0;
  const open = async () => {
    opened++;
    return {
      async publish(input: PublishInput) {
        const error = errors.shift();
        if (error !== undefined) throw error;
        published.push(input);
      },
    };
  };
  return { published, open, count: () => opened };
}

function errorOf(name: string): Error {
  const error = Object.assign(new Error('secret text of the message'), {
    $metadata: { requestId: 'r-1' },
  });
  error.name = name;
  return error;
}

describe('publishing to the topic', () => {
  it('sends one body for each protocol, with the attributes of filter policies', async () => {
    const { published, open, count } = fake();
    const topic = alertTopic(ARN, open);
    expect(count()).toBe(0);
    await topic.publish(MESSAGE);
    await topic.publish(MESSAGE);
    expect(count()).toBe(1);
    expect(published[0]).toEqual({
      TopicArn: ARN,
      Subject: MESSAGE.subject,
      MessageStructure: 'json',
      Message: JSON.stringify(MESSAGE.bodies),
      MessageAttributes: {
        service: { DataType: 'String', StringValue: 'shop' },
        cause: { DataType: 'String.Array', StringValue: '["worker-timeout","worker-oom"]' },
      },
    });
  });

  it('refuses what SNS would refuse for its size, attributes included', async () => {
    const { published, open } = fake();
    const topic = alertTopic(ARN, open);
    const room = MAX_MESSAGE_BYTES - Buffer.byteLength('{"default":""}');
    const text = (bytes: number) => ({ subject: 's', bodies: { default: 'x'.repeat(bytes) } });
    await topic.publish({ ...text(room), attributes: {} });
    expect(published).toHaveLength(1);
    await expect(topic.publish({ ...text(room + 1), attributes: {} })).rejects.toMatchObject({
      code: 'AlertTooLarge',
      message: `a message of ${MAX_MESSAGE_BYTES + 1} bytes was not sent: SNS takes ${MAX_MESSAGE_BYTES}`,
    });
    const attributes = { service: { type: 'String', value: 'shop' } } as const;
    await expect(topic.publish({ ...text(room), attributes })).rejects.toMatchObject({
      code: 'AlertTooLarge',
    });
  });

  it.each([
    ['AuthorizationErrorException', 'TopicDenied'],
    ['NotFoundException', 'TopicMissing'],
    ['ThrottledException', 'TopicThrottled'],
    ['InvalidParameterException', 'TopicRefused'],
    ['KMSAccessDeniedException', 'TopicKeyUnusable'],
    ['KMSDisabledException', 'TopicKeyUnusable'],
    ['TimeoutError', 'TopicUnavailable'],
    ['InternalErrorException', 'TopicUnavailable'],
  ])('says of %s that it is %s, and nothing of what was sent', async (name, code) => {
    const topic = alertTopic(ARN, fake([errorOf(name)]).open);
    const error = await topic.publish(MESSAGE).catch((thrown) => thrown);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(`(${name}, request r-1)`);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('secret text');
  });

  it('goes on after a refusal', async () => {
    const { published, open } = fake([errorOf('ThrottledException')]);
    const topic = alertTopic(ARN, open);
    await expect(topic.publish(MESSAGE)).rejects.toThrow('was throttled');
    await topic.publish(MESSAGE);
    expect(published).toHaveLength(1);
  });
});

describe('the rate of all functions together', () => {
  it('never comes to ten messages in any second', async () => {
    let now = Date.UTC(2026, 10, 20, 12) + 700;
    const clock = () => now;
    const table = memoryTable(clock);
    const at: number[] = [];
    const wait = async (ms: number) => {
      now += ms;
    };
    const instances = Array.from({ length: 200 }, () =>
      paceBy(table, { name: 'alerts', perSecond: 4, clock, wait }),
    );
    for (const [index, takeTurn] of instances.entries()) {
      await takeTurn(`${index}`, now + 60_000);
      at.push(now);
    }
    const within = at.map(
      (first) => at.filter((one) => one >= first && one < first + 1_000).length,
    );
    expect(Math.max(...within)).toBeLessThan(10);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeLessThanOrEqual(50_000);
  });

  it('is told who came in vain', async () => {
    let now = 0;
    const wait = async (ms: number) => {
      now += ms;
    };
    const options = { name: 'alerts', perSecond: 1, clock: () => now, wait };
    const table = memoryTable();
    await paceBy(table, options)('one', 500);
    await expect(paceBy(table, options)('other', 500)).rejects.toMatchObject({ code: 'NoTurn' });
  });
});
