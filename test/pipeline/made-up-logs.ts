/** Lines of small made-up services, and what a table holds of them. */
import { NAMED_FORMATS } from '../../core/parse/log-format.ts';
import type { Table } from '../../core/table.ts';
import type { MemoryTable } from '../fakes/memory-table.ts';
import { ingest, split } from './deliveries.ts';
import type { ShippedLog } from './scenario-logs.ts';

export const START = Date.UTC(2026, 10, 20, 12, 0);
export const MINUTE_MS = 60_000;
export const nowMs = START + 12 * 3_600_000;

export type Role = 'access' | 'error' | 'gunicorn' | 'system';
export type Line = readonly [minute: number, text: string];

export function logOf(role: Role, lines: readonly Line[], host = 'web-1'): ShippedLog {
  return {
    role,
    host,
    group: `/shop/${role}`,
    stream: host,
    format: role === 'access' ? NAMED_FORMATS.combined : undefined,
    formatText: null,
    events: lines.map(([minute, message], index) => ({
      id:
        `${role}${host}`.length +
        String(Math.round(minute * 60_000)).padStart(45, '0') +
        String(index).padStart(10, '0'),
      timestamp: START + minute * MINUTE_MS,
      message,
    })),
  };
}

function clock(minute: number): { hms: string; day: string } {
  const iso = new Date(START + minute * MINUTE_MS).toISOString();
  return { hms: iso.slice(11, 19), day: iso.slice(0, 10) };
}

export function failed(minute: number, path = '/cart', status = 502): Line {
  return [
    minute,
    `10.0.0.9 - - [20/Nov/2026:${clock(minute).hms} +0000] "GET ${path} HTTP/1.1" ${status} 157 "-" "curl"`,
  ];
}

export function refused(minute: number, path = '/cart', peer = '127.0.0.1:8000'): Line {
  const { hms, day } = clock(minute);
  return [
    minute,
    `${day.replaceAll('-', '/')} ${hms} [error] 70#70: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: _, request: "GET ${path} HTTP/1.1", upstream: "http://${peer}${path}", host: "shop"`,
  ];
}

export function gunicorn(minute: number, text: string, pid = 41, level = 'INFO'): Line {
  const { hms, day } = clock(minute);
  return [minute, `[${day} ${hms} +0000] [${pid}] [${level}] ${text}`];
}

export async function deliver(table: Table, ...logs: ShippedLog[]): Promise<void> {
  for (const log of logs) for (const one of split(log, [1000])) await ingest(table, one, nowMs);
}

/** Bodies of the counts and states, by key. */
export function bodiesOf(table: MemoryTable, kinds: string): Record<string, string> {
  return Object.fromEntries(
    table
      .rows()
      .filter(({ partition }) => kinds.includes(partition[0] ?? ''))
      .filter(({ body }) => !body.startsWith('{"v":1,"causes":[],'))
      .map((row) => [`${row.partition} ${row.sort}`, row.body]),
  );
}
