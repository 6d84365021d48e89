import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/diagnosis.ts';
import { type ExtrasTask, lookUpExtras } from '../../../core/incident/alert-extras.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import type { LogQuery } from '../../../core/incident/log-search.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { at } from './service.ts';

function task(change: Partial<Transition> = {}, more: Partial<ExtrasTask> = {}): ExtrasTask {
  const incident = {
    openedAt: at('14:00'),
    lastFailureAt: at('14:02'),
    hosts: ['web-1'],
  } as unknown as Transition['incident'];
  const transition: Transition = {
    id: 'shop/worker-timeout/20261120T140000Z/1',
    kind: 'opened',
    at: at('14:02:10'),
    reason: '',
    incident,
    diagnosis: { evidence: [] } as unknown as Diagnosis,
    ...change,
  };
  return {
    transition,
    service: { name: 'shop', streams: [] },
    groups: { access: ['/shop/access'], error: ['/shop/error'], gunicorn: ['/shop/gunicorn'] },
    region: 'eu-west-1',
    nowMs: at('14:02:20'),
    ...more,
  };
}

function logs() {
  const asked: LogQuery[] = [];
  const search = async (query: LogQuery) => {
    asked.push(query);
    return [{ at: at('14:02'), stream: 'web-1', message: 'worker exited: ann@example.com' }];
  };
  return { asked, search };
}

describe('what a message says beside the incident', () => {
  it('is a link over all groups, the most telling first, and the lines around', async () => {
    const { search } = logs();
    const { links, context, errors } = await lookUpExtras({ table: memoryTable(), search }, task());
    expect(links.logs).toMatch(/shop\*2ferror.*shop\*2fgunicorn.*shop\*2faccess/);
    expect(links.logs).toContain("start~'2026-11-20T13*3a55*3a00.000Z");
    expect(context).toEqual([
      { at: at('14:02'), host: 'web-1', role: 'gunicorn', line: 'worker exited: ***' },
    ]);
    expect(errors).toEqual([]);
  });

  it('is less redacted where the service says so', async () => {
    const { search } = logs();
    const service = { name: 'shop', streams: [], privacy: { keep: ['emails'] } };
    const { context } = await lookUpExtras({ table: memoryTable(), search }, task({}, { service }));
    expect(context[0]?.line).toBe('worker exited: ann@example.com');
  });

  it.each([
    ['an end', task({ kind: 'resolved' })],
    ['one that has waited for long', task({ at: at('13:50') })],
  ])('is the link alone for %s', async (_, asked) => {
    const { asked: searches, search } = logs();
    const extras = await lookUpExtras({ table: memoryTable(), search }, asked);
    expect(extras).toMatchObject({ links: { logs: expect.any(String) }, context: [], errors: [] });
    expect(searches).toEqual([]);
  });

  it('is nothing where the groups are not known', async () => {
    const { search } = logs();
    const extras = await lookUpExtras({ table: memoryTable(), search }, task({}, { groups: {} }));
    expect(extras).toEqual({ links: {}, context: [], errors: [] });
  });

  it('is found without the table, and never a failure itself', async () => {
    const { search } = logs();
    const down = new Error('down');
    const table = { ...memoryTable(), query: () => Promise.reject(down) };
    const { context, errors } = await lookUpExtras({ table, search }, task());
    expect(context).toHaveLength(1);
    expect(errors).toEqual([down]);
    const broken = task({ diagnosis: null as never });
    expect((await lookUpExtras({ table, search }, broken)).errors).toHaveLength(1);
  });
});
