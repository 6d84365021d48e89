import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { GIVE_UP_MS, type Publish } from '../../../core/incident/publish-somehow.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { evaluateAt, writeMinutes } from './deployment.ts';
import { at } from './service.ts';

/** Takes what `refusal` has nothing against. */
function topic(refusal: (publication: Publication, isBare: boolean) => string | null) {
  const taken: Publication[] = [];
  const publish: Publish = async (publication, { isBare }) => {
    const code = refusal(publication, isBare);
    if (code !== null) throw new AppError(code, `it was ${code}`);
    taken.push(publication);
  };
  return { taken, publish };
}

const isOf = (cause: string) => (publication: Publication) => publication.id.includes(cause);

async function service(publish: Publish) {
  const table = memoryTable();
  const fail = (cause: 'worker-oom' | 'worker-timeout', time: string, count: number) =>
    writeMinutes(table, 'shop', [{ cause, atMs: at(time), count }]);
  const evaluate = (time: string | number) =>
    evaluateAt({ table, publish }, { nowMs: typeof time === 'number' ? time : at(time) });
  await fail('worker-oom', '14:00', 9);
  return { fail, evaluate };
}

describe('an alert that the topic refuses for what is in it', () => {
  test.each(['TopicRefused', 'AlertTooLarge', 'AlertNotRendered'])(
    'goes out without its details at once (%s)',
    async (code) => {
      const { taken, publish } = topic((_, isBare) => (isBare ? null : code));
      const { evaluate } = await service(publish);
      const result = await evaluate('14:00:10');
      expect(result).toMatchObject({ published: 1, errors: [], dropped: [] });
      expect(result.shortened).toEqual([expect.objectContaining({ code })]);
      expect(taken).toEqual([
        expect.objectContaining({
          id: expect.stringMatching(/^shop\/worker-oom\/.*\/1$/),
          kind: 'opened',
          diagnosis: expect.objectContaining({ evidence: [], fixes: [] }),
        }),
      ]);
    },
  );

  test('goes out as a notice if that is refused, too', async () => {
    const { taken, publish } = topic(({ kind }) => (kind === 'notice' ? null : 'TopicRefused'));
    const { evaluate } = await service(publish);
    expect(await evaluate('14:00:10')).toMatchObject({ published: 1, errors: [], dropped: [] });
    expect(taken).toMatchInlineSnapshot(`
      [
        {
          "at": 1795183210000,
          "id": "shop/worker-oom/20261120T140000Z/1",
          "kind": "notice",
          "lines": [
            "Memory ran out and Gunicorn workers were killed.",
            "9 failed requests from 2026-11-20T14:00:00.000Z to 2026-11-20T14:00:00.000Z, on web-1.",
            "Incident shop/worker-oom/20261120T140000Z",
            "The whole message could not be sent; the log of the evaluate function says why. The incident is in the table.",
          ],
          "title": "shop: worker-oom (opened)",
        },
      ]
    `);
  });

  test('is given up after a while, so that the later ones of its incident go out', async () => {
    let isRefused = true;
    const { taken, publish } = topic(() => (isRefused ? 'TopicRefused' : null));
    const { fail, evaluate } = await service(publish);
    const first = await evaluate('14:00:10');
    expect(first).toMatchObject({ published: 0, dropped: [] });
    expect(first.errors).toHaveLength(1);
    await fail('worker-oom', '14:02', 200);
    expect(await evaluate('14:03:10')).toMatchObject({ published: 0, dropped: [] });
    const last = await evaluate(at('14:00:10') + GIVE_UP_MS);
    expect(last.dropped).toEqual([expect.objectContaining({ code: 'TopicRefused' })]);
    isRefused = false;
    await evaluate('14:16:30');
    expect(taken.map(({ kind }) => kind)).toContain('escalated');
    expect(taken.map(({ kind }) => kind)).not.toContain('opened');
  });

  test('does not hold back other incidents', async () => {
    const { taken, publish } = topic((publication) =>
      isOf('worker-oom')(publication) ? 'TopicRefused' : null,
    );
    const { fail, evaluate } = await service(publish);
    await evaluate('14:00:10');
    await fail('worker-timeout', '14:01', 9);
    await evaluate('14:01:10');
    expect(taken.map(({ id }) => id)).toEqual([expect.stringContaining('worker-timeout')]);
  });
});

describe('an alert that the topic may take later', () => {
  test.each([
    'TopicDenied',
    'TopicMissing',
    'TopicKeyUnusable',
    'TopicThrottled',
    'TopicUnavailable',
    'NoTurn',
  ])('waits whole, however long (%s)', async (code) => {
    let tries = 0;
    let isDown = true;
    const { taken, publish } = topic(() => {
      tries++;
      return isDown ? code : null;
    });
    const { evaluate } = await service(publish);
    await evaluate('14:00:10');
    expect(tries).toBe(1);
    const late = await evaluate(at('14:05') + GIVE_UP_MS);
    expect(late).toMatchObject({ dropped: [], shortened: [] });
    isDown = false;
    await evaluate(at('14:06') + GIVE_UP_MS);
    expect(taken[0]).toMatchObject({ kind: 'opened', diagnosis: { cause: 'worker-oom' } });
    expect(taken[0]).not.toMatchObject({ diagnosis: { fixes: [] } });
  });
});

test('a summary that is refused for what is in it is told in short', async () => {
  const { taken, publish } = topic(({ kind }) => (kind === 'summary' ? 'AlertTooLarge' : null));
  const table = memoryTable();
  for (const name of ['shop', 'blog']) {
    await writeMinutes(table, name, [{ cause: 'worker-oom', atMs: at('14:00'), count: 9 }]);
    const options = { service: name, nowMs: at('14:00:10'), budget: 0 };
    await evaluateAt({ table, publish }, options);
  }
  const options = { service: 'shop', nowMs: at('14:01:10'), budget: 0 };
  const result = await evaluateAt({ table, publish }, options);
  expect(result).toMatchObject({ published: 1, waiting: 0 });
  expect(taken).toEqual([
    expect.objectContaining({
      kind: 'notice',
      id: expect.stringMatching(/^summary\//),
      title: '2 alerts about 2 services',
      lines: ['Of blog, shop.', expect.any(String)],
    }),
  ]);
});
