import { describe, expect, test } from 'vitest';
import type { AlertNotice } from '../../../core/incident/notice.ts';
import {
  checkSubscriptions,
  type ListedSubscription,
  problemsOf,
} from '../../../core/incident/subscriptions.ts';
import { memoryTable } from '../../fakes/memory-table.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 20);

function mail(endpoint: string, arn = `${TOPIC}:1`): ListedSubscription {
  return { protocol: 'email', endpoint, arn };
}

/** A topic whose subscribers are looked at by the hour. */
class Watch {
  readonly table = memoryTable();
  readonly told: AlertNotice[] = [];
  readonly configured = ['ann@example.com'];
  listed: ListedSubscription[] = [];
  lists = 0;
  isDown = false;
  #looks = 0;

  look(hours: number) {
    return checkSubscriptions(this.table, {
      list: async () => {
        this.lists++;
        return this.listed;
      },
      publish: async (notice) => {
        if (this.isDown) throw new Error('the topic is down');
        this.told.push(notice);
      },
      configured: this.configured,
      topicArn: TOPIC,
      nowMs: START + hours * HOUR_MS,
      stamp: `${this.#looks++}`,
    });
  }
}

describe('who gets no alerts', () => {
  test.each<[string, readonly ListedSubscription[], readonly string[]]>([
    ['nobody, when all are confirmed', [mail('Ann@Example.com')], []],
    [
      'who has not confirmed',
      [mail('ann@example.com', 'PendingConfirmation')],
      ['pending ann@example.com'],
    ],
    ['who is not subscribed any longer', [], ['missing ann@example.com']],
    ['who was removed', [mail('ann@example.com', 'Deleted')], ['missing ann@example.com']],
    [
      'nobody, when one of two subscriptions is confirmed',
      [
        mail('ann@example.com', 'PendingConfirmation'),
        { ...mail('ann@example.com'), protocol: 'email-json' },
      ],
      [],
    ],
    [
      'who was subscribed by somebody else and has not confirmed',
      [mail('ann@example.com'), mail('bob@example.com', 'PendingConfirmation')],
      ['pending bob@example.com'],
    ],
    [
      'no queue or function',
      [mail('ann@example.com'), { protocol: 'sqs', endpoint: 'arn:aws:sqs:x', arn: 'Deleted' }],
      [],
    ],
  ])('is %s', (_, listed, expected) => {
    const problems = problemsOf(['ann@example.com'], listed);
    expect(problems.map(({ kind, address }) => `${kind} ${address}`)).toEqual(expected);
  });
});

describe('the check of subscriptions', () => {
  test('tells what is still wrong after an hour, once a day, with what to do', async () => {
    const watch = new Watch();
    watch.listed = [mail('bob@example.com', 'PendingConfirmation')];
    const counts: number[] = [];
    for (let hour = 0; hour < 50; hour++) {
      const problems = await watch.look(hour);
      expect(problems).toHaveLength(2);
      counts.push(watch.told.length);
    }
    expect([counts[0], counts[1], counts[24], counts[25], counts[49]]).toEqual([0, 1, 1, 2, 3]);
    expect(new Set(watch.told.map(({ id }) => id)).size).toBe(3);
    expect(watch.told[0]).toMatchInlineSnapshot(`
      {
        "at": 1795136400000,
        "id": "notice/subscriptions/2026-11-20-2bjtcd0iqqm",
        "kind": "notice",
        "lines": [
          "ann@example.com is configured but no longer subscribed: somebody followed the unsubscribe link below a message, removed the subscription, or did not confirm it for days. To subscribe it again, and then confirm the mail from no-reply@sns.amazonaws.com:",
          "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111122223333:alerts --protocol email --notification-endpoint ann@example.com --region eu-west-1",
          "bob@example.com has not confirmed its subscription. Open the mail from no-reply@sns.amazonaws.com ("AWS Notification - Subscription Confirmation"; look for it in spam, too) and follow its link. To have it sent again:",
          "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111122223333:alerts --protocol email --notification-endpoint bob@example.com --region eu-west-1",
          "You get this once a day until it is repaired, or the address is taken out of the configuration.",
        ],
        "title": "2 e-mail addresses get no alerts",
      }
    `);
  });

  test('looks once an hour, however often it is called', async () => {
    const watch = new Watch();
    for (const hours of [0, 0.1, 0.5, 0.99]) await watch.look(hours);
    expect(watch.lists).toBe(1);
    await Promise.all([watch.look(1), watch.look(1), watch.look(1)]);
    expect(watch.lists).toBe(2);
  });

  test('says nothing of what is repaired, and begins anew when it comes back', async () => {
    const watch = new Watch();
    await watch.look(0);
    watch.listed = [mail('ann@example.com')];
    expect(await watch.look(1)).toEqual([]);
    watch.listed = [];
    await watch.look(2);
    expect(watch.told).toEqual([]);
    await watch.look(3);
    expect(watch.told).toHaveLength(1);
  });

  test('tells it an hour later when the topic is down', async () => {
    const watch = new Watch();
    await watch.look(0);
    watch.isDown = true;
    await expect(watch.look(1)).rejects.toThrow('the topic is down');
    expect(await watch.look(1.5)).toBeNull();
    watch.isDown = false;
    await watch.look(2);
    await watch.look(3);
    expect(watch.told).toHaveLength(1);
  });

  test('gives the shell no more than one word of an address', async () => {
    const watch = new Watch();
    watch.configured.push("o'brien;$(id)@example.com");
    await watch.look(0);
    await watch.look(1);
    expect(watch.told[0]?.lines.join('\n')).toContain(
      "--notification-endpoint 'o'\\''brien;$(id)@example.com' --region eu-west-1",
    );
  });
});
