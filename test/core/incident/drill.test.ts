import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dataOf, decodeAwslogs, unescapeMessage } from '../../../adapters/aws/awslogs-batch.ts';
import { DRILL_SERVICE, filterNameOf } from '../../../core/contract.ts';
import { evaluateService } from '../../../core/evaluate/evaluate-service.ts';
import { drillIdOf, drillLines } from '../../../core/incident/drill-log.ts';
import {
  DRILL_HOPS,
  type DrillHop,
  hasTaken,
  incidentOfDrill,
} from '../../../core/incident/drill-progress.ts';
import { hasAlive } from '../../../core/incident/incident-store.ts';
import type { Mute } from '../../../core/incident/mutes.ts';
import { putMute } from '../../../core/incident/mutes.ts';
import { takeDelivery } from '../../../core/take-delivery.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { evaluateAt, Topic } from './deployment.ts';
import { at } from './service.ts';

const SERVICE = DRILL_SERVICE.name;
const GROUP = '/badgateway/test/drill';

function drillAt(time: string, random = '5e884898') {
  const atMs = at(time);
  const id = drillIdOf(atMs, random);
  return { id, atMs, path: `${GROUP}/${id}` };
}

class Stack {
  readonly table = memoryTable();
  readonly topic = new Topic();
  readonly noted = new Set<string>();
  #stamp = 0;

  async ingest(drill: ReturnType<typeof drillAt>): Promise<void> {
    const document = {
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: GROUP,
      logStream: drill.id,
      subscriptionFilters: [
        filterNameOf({ deployment: 'test', service: SERVICE, role: 'error', format: '-' }),
      ],
      logEvents: drillLines(drill.atMs).map((message, index) => ({
        id: `${drill.id}-${index}`,
        timestamp: drill.atMs,
        message,
      })),
    };
    const data = gzipSync(JSON.stringify(document)).toString('base64');
    await takeDelivery(decodeAwslogs(dataOf({ awslogs: { data } })), {
      deployment: 'test',
      services: [DRILL_SERVICE],
      table: this.table,
      wake: async () => {},
      noted: this.noted,
      unescapeMessage,
      nowMs: drill.atMs,
      stamp: `in ${this.#stamp++}`,
    });
  }

  async count(time: string): Promise<void> {
    const stamp = `count ${this.#stamp++}`;
    await evaluateService(this.table, { service: SERVICE, nowMs: at(time), stamp });
  }

  alert(time: string) {
    const { table, topic } = this;
    return evaluateAt({ table, publish: topic.publish }, { service: SERVICE, nowMs: at(time) });
  }

  async hops(drill: ReturnType<typeof drillAt>): Promise<readonly DrillHop[]> {
    const taken = await Promise.all(DRILL_HOPS.map((hop) => hasTaken(this.table, drill, hop)));
    return DRILL_HOPS.filter((_, index) => taken[index]);
  }
}

describe('a drill', () => {
  test('leaves a row at every hop, by which it is known how far it came', async () => {
    const stack = new Stack();
    const drill = drillAt('14:02:41');
    const other = drillAt('14:02:41', '00000000');
    await stack.ingest(other);
    await stack.count('14:02:45');
    expect(await stack.hops(drill)).toEqual(['accepted']);
    await stack.ingest(drill);
    expect(await stack.hops(drill)).toEqual(['accepted', 'ingested']);
    await stack.count('14:02:51');
    expect(await stack.hops(drill)).toEqual(['accepted', 'ingested', 'counted']);
    stack.topic.fault = () => 'refuse';
    expect((await stack.alert('14:02:51')).errors).toHaveLength(2);
    expect(await stack.hops(drill)).toEqual(['accepted', 'ingested', 'counted', 'decided']);
    stack.topic.fault = () => null;
    await stack.alert('14:03:11');
    expect(await stack.hops(drill)).toEqual(DRILL_HOPS);
    expect(await stack.hops(other)).toEqual(DRILL_HOPS);
  });

  test('is told once, as a test, with its lines in it, and nothing is said of it later', async () => {
    const stack = new Stack();
    const drill = drillAt('14:02:41');
    await stack.ingest(drill);
    await stack.count('14:02:51');
    for (const time of ['14:02:51', '14:03:00', '14:15:00', '15:30:00', '18:30:00']) {
      await stack.count(time);
      await stack.alert(time);
    }
    expect(stack.topic.taken).toMatchObject([
      {
        id: `${SERVICE}/backend-not-listening/${drill.id}/1`,
        kind: 'test',
        incident: { service: SERVICE, failures: 3, hosts: [drill.id] },
        diagnosis: { cause: 'backend-not-listening' },
      },
    ]);
    expect(JSON.stringify(stack.topic.taken[0])).toContain(`${GROUP}/${drill.id}`);
    expect(await hasAlive(stack.table, SERVICE)).toBe(false);
  });

  test('is an incident that is over, which needs to be looked at no more', async () => {
    const stack = new Stack();
    const drill = drillAt('14:02:41');
    await stack.ingest(drill);
    await stack.count('14:02:51');
    expect((await stack.alert('14:02:51')).nextDueMs).toBeNull();
    expect(await incidentOfDrill(stack.table, drill)).toMatchObject({
      status: 'resolved',
      end: 'over',
      outbox: [],
    });
  });

  test('a second one is told, too, in the same minute and in the next', async () => {
    const stack = new Stack();
    const drills = [drillAt('14:02:41'), drillAt('14:02:55', '11111111'), drillAt('14:04:00')];
    for (const drill of drills) {
      await stack.ingest(drill);
      await stack.count('14:04:10');
      await stack.alert('14:04:10');
    }
    expect(stack.topic.taken).toHaveLength(3);
  });

  test('is told though everything is muted', async () => {
    const stack = new Stack();
    const mute: Mute = {
      id: 'm1',
      service: null,
      cause: null,
      author: 'ann',
      reason: 'migration',
      createdAt: at('14:00'),
      expiresAt: at('16:00'),
      weekly: null,
    };
    await putMute(stack.table, mute, at('14:00'));
    await stack.ingest(drillAt('14:02:41'));
    await stack.count('14:02:51');
    await stack.alert('14:02:51');
    expect(stack.topic.taken).toHaveLength(1);
  });

  test('is not told when its lines come hours late', async () => {
    const stack = new Stack();
    await stack.ingest(drillAt('12:00:00'));
    await stack.count('14:02:51');
    await stack.alert('14:02:51');
    expect(stack.topic.taken).toEqual([]);
  });
});
