/**
 * CloudWatch-shaped batches in which every event is a failure, from the lines of a generated corpus itself: what
 * a subscription filter delivers during an outage. One role a batch, the roles mixed over the set.
 */
import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { type Corpus, OUT } from '../corpus.ts';

const EVENTS_A_BATCH = 1_000;

type Role = 'access' | 'error' | 'gunicorn';
type LogEvent = { readonly id: string; readonly timestamp: number; readonly message: string };

const ACCESS_FAILURE = /" (?:502|504) \d+ "/;
const ERROR_FAILURE =
  /^\S+ \S+ \[error\] .* while (?:connecting to|reading response header from) upstream/;
const GUNICORN_FAILURE = /\] \[(?:CRITICAL|ERROR)\] /;

/** The file with one payload a line; made once. */
export async function prepareFailureBatches(corpus: Corpus): Promise<string> {
  const file = join(OUT, `failures-of-${corpus.name}.jsonl`);
  if (existsSync(file)) return file;
  const byRole = [
    batchesOf('access', await failuresIn(corpus.access, (line) => ACCESS_FAILURE.test(line))),
    batchesOf('error', await failuresIn(corpus.error, (line) => ERROR_FAILURE.test(line))),
    batchesOf('gunicorn', await failuresIn(corpus.gunicorn, isGunicornFailure)),
  ];
  const payloads: string[] = [];
  for (let turn = 0; byRole.some((batches) => turn < batches.length); turn++) {
    for (const batches of byRole) payloads.push(...batches.slice(turn, turn + 1));
  }
  writeFileSync(file, payloads.map((payload) => `${payload}\n`).join(''));
  return file;
}

/** Errors and the lines of their tracebacks, which come as events of their own. */
function isGunicornFailure(line: string): boolean {
  return GUNICORN_FAILURE.test(line) || !line.startsWith('[');
}

async function failuresIn(path: string, isFailure: (line: string) => boolean): Promise<string[]> {
  const failures: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path, 'latin1') })) {
    if (isFailure(line)) failures.push(line);
  }
  return failures;
}

/** Whole batches only: a smaller one would cost more an event. */
function batchesOf(role: Role, lines: readonly string[]): string[] {
  const count = Math.floor(lines.length / EVENTS_A_BATCH);
  let lastMs = 0;
  return Array.from({ length: count }, (_, index) => {
    const part = lines.slice(index * EVENTS_A_BATCH, (index + 1) * EVENTS_A_BATCH);
    return payloadOf(
      role,
      part.map((message, at) => {
        lastMs = timeOf(message) ?? lastMs;
        return { id: eventId(lastMs, index * EVENTS_A_BATCH + at), timestamp: lastMs, message };
      }),
    );
  });
}

function payloadOf(role: Role, logEvents: readonly LogEvent[]): string {
  const json = JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: role === 'gunicorn' ? '/prod/shop/gunicorn' : `/prod/shop/nginx/${role}`,
    logStream: `i-0a1b2c3d4e5f6${role.length}/${role}.log`,
    subscriptionFilters: ['failures'],
    logEvents,
  });
  return JSON.stringify({ awslogs: { data: gzipSync(json, { level: 6 }).toString('base64') } });
}

/** `18/Nov/2025:09:00:00 +0000`, `2025/11/18 09:00:00`, `2025-11-18 09:00:00 +0000`: all in UTC. */
function timeOf(line: string): number | null {
  const found = /(\d{4}|\d\d)[/-](\w{3}|\d\d)[/-](\d{4}|\d\d)[: ](\d\d:\d\d:\d\d)/.exec(line);
  if (found === null) return null;
  const [, first, month, last, clock] = found;
  const date = first?.length === 4 ? `${first}-${month}-${last}` : `${last} ${month} ${first}`;
  const parsed = Date.parse(first?.length === 4 ? `${date}T${clock}Z` : `${date} ${clock} UTC`);
  return Number.isNaN(parsed) ? null : parsed;
}

/** 56 digits that grow with time, as CloudWatch makes them. */
function eventId(ms: number, index: number): string {
  const time = (BigInt(ms) * 1_000_003n).toString().padStart(19, '8');
  return `3${time}${String(index).padStart(36, '0')}`;
}
