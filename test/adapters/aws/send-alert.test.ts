import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TopicMessage } from '../../../adapters/aws/alert-topic.ts';
import { type AlertSenderPorts, sendAlert, sendMessage } from '../../../adapters/aws/send-alert.ts';
import type { ServiceContract } from '../../../core/contract.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import type { AlertNotice } from '../../../core/incident/notice.ts';
import { NO_EXTRAS } from '../../../core/messages/alert.ts';
import { evaluateAt, Topic, writeMinutes } from '../../core/incident/deployment.ts';
import { at } from '../../core/incident/service.ts';
import { memoryTable } from '../../fakes/memory-table.ts';

const searches = vi.hoisted(() => ({ count: 0, answer: async (): Promise<object> => ({}) }));
vi.mock('../../../adapters/aws/log-context-client.ts', () => ({
  logEventsClient: () => ({
    filterLogEvents: () => {
      searches.count++;
      return searches.answer();
    },
  }),
}));

const SERVICE = { name: 'shop', streams: [] } as unknown as ServiceContract;
const NOTICE: AlertNotice = { kind: 'notice', id: 'n', at: 0, title: 't', lines: [] };

let nowMs: number;
let sent: TopicMessage[];
let missing: unknown[];
let ports: AlertSenderPorts;
let opened: Transition;

beforeEach(async () => {
  nowMs = at('14:00:12');
  sent = [];
  missing = [];
  searches.count = 0;
  searches.answer = async () => ({});
  const table = memoryTable();
  ports = {
    table,
    topic: { publish: async (message) => void sent.push(message) },
    takeTurn: async () => {},
    logGroups: { shop: { gunicorn: ['/shop/gunicorn'], app: ['/shop/cache'] } },
    region: 'eu-west-1',
    clock: () => nowMs,
    onMissing: (error) => missing.push(error),
  };
  const topic = new Topic();
  await writeMinutes(table, 'shop', [{ cause: 'worker-oom', atMs: at('14:00'), count: 9 }]);
  await evaluateAt({ table, publish: topic.publish }, { nowMs: at('14:00:10') });
  opened = topic.taken[0] as Transition;
});

function send(isBare: boolean, sinceMs = at('14:00:12')) {
  const sending = { service: SERVICE, stamp: '1', sinceMs, untilMs: sinceMs + 30_000, isBare };
  return sendAlert(ports, opened, sending);
}

function document() {
  return JSON.parse(sent[0]?.bodies.default ?? '');
}

describe('sending an alert', () => {
  it('looks into the logs once for each search', async () => {
    await send(false);
    expect(searches.count).toBe(3);
    expect(document().links.logs).toContain('shop*2fgunicorn');
    expect(missing).toEqual([]);
  });

  it('looks nothing up for one that is bare', async () => {
    await send(true);
    expect(searches.count).toBe(0);
    expect(document().links).toEqual({});
  });

  it('says once of each log why it could not be searched', async () => {
    searches.answer = () => Promise.reject(Object.assign(new Error('x'), { name: 'Throttling' }));
    await send(false);
    expect(missing.map(String)).toEqual([
      expect.stringContaining('/shop/gunicorn'),
      expect.stringContaining('/shop/cache'),
    ]);
    expect(sent).toHaveLength(1);
  });

  it('waits for no search when the invocation has waited for long enough', async () => {
    searches.answer = () => new Promise(() => {});
    await send(false, at('14:00:12') - 11_000);
    expect(missing.map(String)).toEqual([
      expect.stringContaining('took too long'),
      expect.stringContaining('took too long'),
    ]);
    expect(document().links.logs).toContain('shop*2fgunicorn');
  });

  it('says of one that cannot be rendered that no repetition will help, and nothing that is in it', async () => {
    const publication = { ...NOTICE, lines: null as never };
    const sending = sendMessage(ports, { publication, ...NO_EXTRAS }, { stamp: '1', untilMs: 1 });
    await expect(sending).rejects.toMatchObject({
      code: 'AlertNotRendered',
      message: 'alert n could not be rendered (TypeError)',
    });
    expect(sent).toEqual([]);
  });
});
