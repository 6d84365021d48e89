import { beforeEach, describe, expect, it } from 'vitest';
import { memoryTable } from '../../../adapters/local/memory-table.ts';
import { type PostToSlack, SlackQueue } from '../../../adapters/local/slack-queue.ts';
import { AppError } from '../../../core/errors.ts';

let nowMs: number;
let posted: string[];
let notices: string[];
beforeEach(() => {
  nowMs = 1_000_000;
  posted = [];
  notices = [];
});

const post: PostToSlack = async ({ id }) => {
  posted.push(id);
  return { kind: 'posted' };
};
const clock = () => nowMs;
const newTable = () => memoryTable({ clock });

function queueOf(postOne: PostToSlack = post, table = newTable()): SlackQueue {
  const onNotice = (text: string) => void notices.push(text);
  return new SlackQueue({ table, service: 'shop', post: postOne, clock, onNotice });
}

async function add(queue: SlackQueue, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    nowMs++;
    await queue.add({ id, payload: { text: id } });
  }
}

async function postAll(queue: SlackQueue): Promise<void> {
  queue.start();
  await queue.settled();
}

describe('alerts for Slack', () => {
  it('are posted in their order, each once', async () => {
    const queue = queueOf();
    await add(queue, 'b', 'a', 'c');
    await postAll(queue);
    await postAll(queue);
    expect(posted).toEqual(['b', 'a', 'c']);
    expect(notices).toEqual([]);
  });

  it('wait while Slack is down, for longer each time, and say so', async () => {
    let isDown = true;
    const queue = queueOf(async (message, untilMs) => {
      if (isDown)
        throw new AppError('SlackUnavailable', 'a message could not be posted in time: 503');
      return post(message, untilMs);
    });
    await add(queue, 'a', 'b');
    await postAll(queue);
    await postAll(queue);
    expect(notices).toEqual([
      'not posted to Slack: a message could not be posted in time: 503; tried again in 5 s',
    ]);
    nowMs += 5_000;
    await postAll(queue);
    expect(notices.at(-1)).toContain('tried again in 10 s');
    isDown = false;
    nowMs += 10_000;
    await postAll(queue);
    expect(posted).toEqual(['a', 'b']);
  });

  it('are dropped when Slack refuses them, and the others are not', async () => {
    const queue = queueOf(async (message, untilMs) =>
      message.id === 'a'
        ? { kind: 'refused', reason: '400 invalid_blocks' }
        : post(message, untilMs),
    );
    await add(queue, 'a', 'b');
    await postAll(queue);
    expect(posted).toEqual(['b']);
    expect(notices).toEqual(['Slack refused an alert: 400 invalid_blocks']);
  });

  it('are kept in the table until they are posted, at most 200 of them', async () => {
    const table = newTable();
    const first = queueOf(post, table);
    await add(first, ...Array.from({ length: 205 }, (_, index) => `alert ${index}`));
    await postAll(queueOf(post, table));
    expect(posted.length).toBe(200);
    expect(posted[0]).toBe('alert 5');
    expect(notices).toEqual(['5 of the alerts for Slack were dropped']);
  });

  it('never say what an unexpected error says', async () => {
    const queue = queueOf(async () => {
      throw new Error('https://hooks.slack.com/services/secret');
    });
    await add(queue, 'a');
    await postAll(queue);
    expect(notices.join()).not.toContain('secret');
  });
});
