/** Failures as evaluations would have counted them. */
import type { CauseId } from '../../../core/catalogue/cause-ids.ts';
import { addToCells, type Place } from '../../../core/cells.ts';
import { addAt, entryOf, newRollup, type Rollup } from '../../../core/diagnose/rollup.ts';
import { encodeCounts } from '../../../core/records/count-record.ts';
import {
  countKey,
  HOUR_LIFE_MS,
  MINUTE_LIFE_MS,
  minuteRowKey,
} from '../../../core/records/keys.ts';
import { encodeRollup } from '../../../core/records/rollup-record.ts';
import type { RowKey, Table } from '../../../core/table.ts';

export type Counted = Place & {
  readonly at: number;
  readonly cause: CauseId;
  readonly count: number;
};

const HOUR_MS = 3_600_000;

/** Writes minutes that are still kept at `nowMs`, and all hours. */
export async function writeCounted(
  table: Table,
  service: string,
  failures: readonly Counted[],
  nowMs: number,
): Promise<void> {
  for (const [minute, rollup] of rollupsBy(failures, 60_000)) {
    const expiresAt = minute * 60_000 + MINUTE_LIFE_MS;
    if (expiresAt <= nowMs) continue;
    const body = encodeRollup({ rollup, duplicates: 0, isBlurred: false });
    await write(table, minuteRowKey(service, minute), body, expiresAt);
  }
  for (const [hour, rollup] of rollupsBy(failures, HOUR_MS)) {
    await write(
      table,
      countKey(service, hour),
      encodeCounts(rollup),
      hour * HOUR_MS + HOUR_LIFE_MS,
    );
  }
}

function rollupsBy(failures: readonly Counted[], stepMs: number): Map<number, Rollup> {
  const rollups = new Map<number, Rollup>();
  for (const { at, cause, count, ...place } of failures) {
    const step = Math.floor(at / stepMs);
    const rollup = rollups.get(step) ?? newRollup();
    rollups.set(step, rollup);
    const entry = entryOf(rollup, cause);
    entry.failures += count;
    addAt(entry, at, count);
    addToCells(entry.cells, place, count);
  }
  return rollups;
}

async function write(table: Table, key: RowKey, body: string, expiresAt: number): Promise<void> {
  await table.put({ ...key, body, version: '1', expiresAt });
}
