import { describe, expect, it } from 'vitest';
import { paceBy } from '../../../adapters/aws/alert-topic-pace.ts';
import type { SlackReply } from '../../../adapters/aws/slack-webhook.ts';
import { deliverToSlack } from '../../../adapters/aws/slack-webhook-delivery.ts';
import type { Table } from '../../../core/table.ts';
import { type MemoryTable, memoryTable } from '../../fakes/memory-table.ts';

const START = Date.UTC(2026, 10, 20, 12);

/** Slack, the table and a clock that only waiting moves. */
class World {
  now = START;
  readonly table: MemoryTable = memoryTable(() => this.now);
  readonly posts: { readonly at: number; readonly text: string }[] = [];
  replies: (SlackReply | Error)[] = [];
  #attempts = 0;

  /** One instance of the function. */
  instance(table: Table = this.table) {
    const clock = () => this.now;
    const wait = async (ms: number) => {
      this.now += ms;
    };
    const ports = {
      table,
      clock,
      wait,
      takeTurn: paceBy(table, { name: 'slack', perSecond: 1, clock, wait }),
      webhook: {
        post: async (payload: object) => {
          const reply = this.replies.shift() ?? { kind: 'posted' as const };
          if (reply instanceof Error) throw reply;
          if (reply.kind === 'posted')
            this.posts.push({ at: this.now - START, text: (payload as { text: string }).text });
          return reply;
        },
      },
    };
    return (id: string, forMs = 300_000) =>
      deliverToSlack(
        ports,
        { id, payload: { text: id } },
        { untilMs: this.now + forMs, stamp: `attempt ${this.#attempts++}` },
      );
  }

  texts(): string[] {
    return this.posts.map(({ text }) => text);
  }
}

function later(afterMs: number | null): SlackReply {
  return { kind: 'later', reason: '429', afterMs };
}

describe('bringing a message to Slack', () => {
  it('posts it once, whoever gets it again', async () => {
    const world = new World();
    const deliver = world.instance();
    expect(await deliver('shop/1')).toEqual({ kind: 'posted' });
    expect(await deliver('shop/1')).toEqual({ kind: 'repeated' });
    expect(await world.instance()('shop/1')).toEqual({ kind: 'repeated' });
    expect(await deliver('shop/2')).toEqual({ kind: 'posted' });
    expect(world.texts()).toEqual(['shop/1', 'shop/2']);
  });

  it('posts it once when two have it at the same time', async () => {
    const world = new World();
    const outcomes = await Promise.all([world.instance()('shop/1'), world.instance()('shop/1')]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['posted', 'repeated']);
    expect(world.texts()).toEqual(['shop/1']);
  });

  it('posts one message a second, of all instances together', async () => {
    const world = new World();
    const [one, other] = [world.instance(), world.instance()];
    for (let index = 0; index < 4; index++) {
      await one(`one/${index}`);
      await other(`other/${index}`);
    }
    const seconds = world.posts.map(({ at }) => Math.floor(at / 1_000));
    expect(new Set(seconds).size).toBe(8);
  });

  it('waits as long as Slack says, or longer each time', async () => {
    const world = new World();
    world.replies = [later(7_000), later(null), later(null), later(null)];
    expect(await world.instance()('shop/1')).toEqual({ kind: 'posted' });
    expect(world.posts).toEqual([{ at: 7_000 + 2_000 + 4_000 + 8_000, text: 'shop/1' }]);
  });

  it('gives up in time for Lambda to try again, and leaves no claim', async () => {
    const world = new World();
    world.replies = Array.from({ length: 100 }, () => later(20_000));
    await expect(world.instance()('shop/1')).rejects.toMatchObject({
      code: 'SlackUnavailable',
      message: 'a message could not be posted in time: 429',
    });
    expect(world.now - START).toBeLessThan(270_000);
    world.replies = [];
    expect(await world.instance()('shop/1')).toEqual({ kind: 'posted' });
  });

  it('does not wait for what comes too late', async () => {
    const world = new World();
    world.replies = [later(3_600_000)];
    await expect(world.instance()('shop/1')).rejects.toMatchObject({ code: 'SlackUnavailable' });
    expect(world.now).toBe(START);
  });

  it('drops what Slack will never take, and keeps what a person can help', async () => {
    const world = new World();
    world.replies = [
      { kind: 'refused', reason: '400 invalid_payload' },
      { kind: 'closed', reason: '404 no_service' },
    ];
    const deliver = world.instance();
    expect(await deliver('shop/1')).toEqual({ kind: 'refused', reason: '400 invalid_payload' });
    expect(await deliver('shop/1')).toEqual({ kind: 'repeated' });
    await expect(deliver('shop/2')).rejects.toMatchObject({ code: 'SlackClosed' });
    expect(await deliver('shop/2')).toEqual({ kind: 'posted' });
  });

  it('posts it again after an end between the post and the row: the one repetition there can be', async () => {
    const world = new World();
    const ending: Table = {
      ...world.table,
      put: async () => {
        throw new Error('the process has ended');
      },
    };
    await expect(world.instance(ending)('shop/1')).rejects.toThrow('ended');
    expect(await world.instance()('shop/1')).toEqual({ kind: 'posted' });
    expect(await world.instance()('shop/1')).toEqual({ kind: 'repeated' });
    expect(world.texts()).toEqual(['shop/1', 'shop/1']);
  });

  it('leaves no claim when there is no webhook to post to', async () => {
    const world = new World();
    world.replies = [new Error('no secret')];
    const deliver = world.instance();
    await expect(deliver('shop/1')).rejects.toThrow('no secret');
    expect(world.table.rows().filter(({ partition }) => partition === 'X#slack')).toEqual([]);
    expect(await deliver('shop/1')).toEqual({ kind: 'posted' });
  });
});
