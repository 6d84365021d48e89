/** A crash while an access log is noted for the first time, and one that is noted long after its time. */
import { expect, it } from 'vitest';
import { noteStream } from '../../core/records/note-streams.ts';
import { atWrite, type Fault, faultyTable } from '../fakes/faulty-table.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { SERVICE } from './deliveries.ts';
import { deliver, logOf, MINUTE_MS, refused, START } from './made-up-logs.ts';
import { evaluateAll, storedVerdicts } from './verdicts.ts';

const soon = START + 60 * MINUTE_MS;
const access = {
  service: SERVICE,
  role: 'access',
  host: 'web-1',
  path: '/shop/access/web-1',
  stamp: 'n',
} as const;

it.each<Fault>(['crash-before', 'crash-after'])(
  '%s any write: what was counted without it is judged again',
  async (fault) => {
    const wrong: number[] = [];
    for (let write = 1; write < 5; write++) {
      const table = memoryTable();
      await deliver(table, logOf('error', [refused(30)]));
      await evaluateAll(table, soon);
      await noteStream(faultyTable(table, atWrite(write, fault)), { ...access, nowMs: soon }).catch(
        () => {},
      );
      await noteStream(table, { ...access, nowMs: soon });
      await evaluateAll(table, soon);
      const [verdict] = await storedVerdicts(table, START, soon);
      if (verdict?.failures !== 0) wrong.push(write);
    }
    expect(wrong).toEqual([]);
  },
);
