/** Reading, counting and telling together: what people get of files that grow, with a clock of our own. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NamedInput } from '../../../adapters/local/collect-inputs.ts';
import { watchOnce } from '../../../adapters/local/watch.ts';
import { WatchJudge } from '../../../adapters/local/watch-judge.ts';
import { type ReaderOptions, WatchReader } from '../../../adapters/local/watch-reader.ts';
import { openWatchTable, type WatchTable } from '../../../adapters/local/watch-table.ts';
import { NO_SETTINGS } from '../../../core/diagnose/fix-facts.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import { DEFAULT_POLICY } from '../../../core/incident/policy.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import { REDACT_ALL } from '../../../core/redact.ts';
import { TableError } from '../../../core/table-error.ts';

const START = Date.UTC(2026, 10, 20, 14, 2, 11);
const POLICY = { ...DEFAULT_POLICY, patienceMs: 5_000 };

let directory: string;
let nowMs: number;
let told: Publication[];
let notices: string[];
let opened: { reader: WatchReader; judge: WatchJudge; table: WatchTable }[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-watch-'));
  nowMs = START;
  told = [];
  notices = [];
  opened = [];
});
afterEach(() => {
  for (const { reader, table } of opened) {
    reader.close();
    table.close();
  }
  rmSync(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, name);
const append = (name: string, text: string) => appendFileSync(at(name), text);
const files = (...names: string[]): NamedInput[] =>
  names.map((name) => ({ path: at(name), role: null }));

async function open(
  inputs: readonly NamedInput[],
  more: Partial<ReaderOptions> & { store?: string } = {},
) {
  const clock = () => nowMs;
  const table = openWatchTable(more.store ?? null, clock);
  const reader = await WatchReader.open({
    inputs,
    host: null,
    timeZone: null,
    format: null,
    isFromStart: false,
    sinceMs: null,
    service: 'shop',
    redaction: REDACT_ALL,
    table: table.table,
    clock,
    onNotice: (text) => notices.push(text),
    ...more,
  });
  const judge = new WatchJudge({
    service: 'shop',
    settings: NO_SETTINGS,
    policy: POLICY,
    table: table.table,
    publish: async (publication) => void told.push(publication),
    countRequests: async (_, from, to) => reader.requests.counts(from, to),
    clock,
  });
  const watch = { reader, judge, table };
  opened.push(watch);
  return watch;
}

type Watch = Awaited<ReturnType<typeof open>>;

/** Goes round for a while, once a second or as often as it is said. */
async function goRound(watch: Watch, ms: number, everyMs = 1_000): Promise<void> {
  for (const end = nowMs + ms; nowMs < end; ) {
    nowMs += everyMs;
    await watchOnce(watch);
  }
}

function close(watch: Watch): void {
  opened.splice(opened.indexOf(watch), 1);
  watch.reader.close();
  watch.table.close();
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

const clockOf = (ms: number) => new Date(ms).toISOString().slice(11, 19);

function access(status: number, path = '/a', ms = nowMs): string {
  const day = `${pad(new Date(ms).getUTCDate())}/Nov/2026`;
  return `10.0.0.1 - - [${day}:${clockOf(ms)} +0000] "GET ${path} HTTP/1.1" ${status} 157 "-" "curl/8.5"\n`;
}

/** The zone of the machine is two hours before UTC. */
function refused(path = '/a', ms = nowMs): string {
  const local = new Date(ms + 7_200_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ')
    .replaceAll('-', '/');
  return `${local} [error] 7#7: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: , request: "GET ${path} HTTP/1.1", upstream: "http://127.0.0.1:8000${path}", host: "x"\n`;
}

const failures = (count: number) =>
  Array.from({ length: count }, (_, index) => `/a/${index}`).map((path) => [
    refused(path),
    access(502, path),
  ]);

function fail(count: number, names = ['error.log', 'access.log']): void {
  for (const [error = '', request = ''] of failures(count)) {
    append(names[0] ?? '', error);
    append(names[1] ?? '', request);
  }
}

const kinds = () => told.map(({ kind }) => kind);
const last = () => told.at(-1) as Transition;

describe('watch', () => {
  it('tells once that requests fail and why, and once that it is over', async () => {
    const watch = await open(files('access.log', 'error.log'));
    append('access.log', access(200).repeat(90));
    await goRound(watch, 3_000);
    expect(told).toEqual([]);
    fail(10);
    await goRound(watch, 15_000);
    expect(kinds()).toEqual(['opened']);
    expect(last()).toMatchObject({
      incident: { service: 'shop', cause: 'backend-not-listening', failures: 10, requests: 100 },
      diagnosis: { cause: 'backend-not-listening', hosts: [{ host: 'localhost', failures: 10 }] },
    });
    await goRound(watch, POLICY.resolveAfterMs + 60_000, 5_000);
    expect(kinds()).toEqual(['opened', 'resolved']);
    expect(watch.judge.failures).toBe(10);
  });

  it('tells a verdict that nothing would sharpen in the round that reads it', async () => {
    const recorded = join(import.meta.dirname, '../../fixtures/lab/demo-report-timeouts/web-1');
    nowMs = Date.parse('2026-11-21T01:01:12Z');
    const names = ['access.log', 'error.log', 'gunicorn.log'];
    for (const name of names) append(name, '');
    const watch = await open(files(...names));
    await goRound(watch, 1_000);
    for (const name of names) append(name, readFileSync(join(recorded, name), 'utf8'));
    await goRound(watch, 1_000);
    const seen = told.map((one) => `${one.kind} ${(one as Transition).incident.cause}`);
    expect(seen.sort()).toEqual(['opened upstream-header-too-big', 'opened worker-timeout']);
  });

  it('says nothing of healthy traffic, and nothing of what failed long ago', async () => {
    nowMs = START - 3 * 3_600_000;
    append('access.log', '');
    append('error.log', '');
    fail(50);
    nowMs = START;
    const watch = await open(files('access.log', 'error.log'), { isFromStart: true });
    await goRound(watch, 30_000);
    append('access.log', access(200).repeat(500));
    await goRound(watch, 120_000, 10_000);
    expect(told).toEqual([]);
    expect(watch.judge.failures).toBe(50);
    expect(watch.reader.lines).toBe(600);
  });

  it('starts at the end, or at a time', async () => {
    append('access.log', '');
    append('error.log', '');
    fail(3);
    nowMs += 60_000;
    const since = nowMs;
    fail(4);
    nowMs += 60_000;
    const atEnd = await open(files('access.log', 'error.log'));
    await goRound(atEnd, 20_000);
    expect(atEnd.judge.failures).toBe(0);
    const fromTime = await open(files('access.log', 'error.log'), { sinceMs: since });
    await goRound(fromTime, 20_000);
    expect(fromTime.judge.failures).toBe(4);
  });

  it('counts through rotation by rename and by truncation', async () => {
    append('access.log', access(200));
    append('error.log', '');
    const watch = await open(files('access.log', 'error.log'));
    await goRound(watch, 2_000);
    fail(3);
    renameSync(at('access.log'), at('access.log.1'));
    await goRound(watch, 1_000);
    append('access.log.1', access(502, '/late'));
    append('error.log', refused('/late'));
    writeFileSync(at('access.log'), '');
    await goRound(watch, 2_000);
    fail(2);
    await goRound(watch, 2_000);
    truncateSync(at('access.log'));
    truncateSync(at('error.log'));
    await goRound(watch, 1_000);
    fail(5);
    await goRound(watch, 30_000);
    expect(watch.judge.failures).toBe(11);
  });

  it('goes on after a restart where it stopped, and counts nothing twice', async () => {
    const store = at('store');
    append('access.log', '');
    append('error.log', '');
    const first = await open(files('access.log', 'error.log'), { store });
    await goRound(first, 2_000);
    fail(6);
    await goRound(first, 20_000);
    expect(kinds()).toEqual(['opened']);
    close(first);
    fail(2);
    renameSync(at('access.log'), at('access.log.1'));
    append('access.log', access(200));
    nowMs += 60_000;
    const second = await open(files('access.log', 'error.log'), { store });
    await goRound(second, 20_000);
    fail(1);
    await goRound(second, POLICY.resolveAfterMs + 60_000, 5_000);
    expect(kinds()).toEqual(['opened', 'resolved']);
    expect(last().incident.failures).toBe(9);
  });

  it('reads what came between two runs to logs that nothing had come to, and to those that were not there', async () => {
    const store = at('store');
    append('error.log', refused('/old'));
    const first = await open(files('access.log', 'error.log'), { store });
    await goRound(first, 1_000);
    close(first);
    append('access.log', '');
    fail(6);
    const second = await open(files('access.log', 'error.log'), { store });
    expect(second.reader.resumed).toBe(2);
    await goRound(second, 20_000);
    expect(second.judge.failures).toBe(6);
    expect(second.reader.lines).toBe(12);
  });

  it('counts lines once that come again because their place was not kept', async () => {
    const store = at('store');
    append('access.log', '');
    append('error.log', '');
    const first = await open(files('access.log', 'error.log'), { store });
    const { table } = first.table;
    const put = table.put.bind(table);
    let isBroken = false;
    table.put = async (row) => {
      if (isBroken && row.partition.startsWith('F#')) throw new TableError('TableUnavailable', 'x');
      return put(row);
    };
    await goRound(first, 2_000);
    isBroken = true;
    fail(6);
    nowMs += 1_000;
    await expect(watchOnce(first)).rejects.toThrow('x');
    close(first);
    const second = await open(files('access.log', 'error.log'), { store });
    await goRound(second, 20_000);
    expect(last().incident.failures).toBe(6);
  });

  it('reads lines again that the table did not take', async () => {
    append('access.log', '');
    append('error.log', '');
    const watch = await open(files('access.log', 'error.log'));
    const { table } = watch.table;
    const putIf = table.putIf.bind(table);
    await goRound(watch, 2_000);
    fail(6);
    table.putIf = async () => {
      throw new TableError('TableUnavailable', 'disk full');
    };
    nowMs += 1_000;
    await expect(watchOnce(watch)).rejects.toThrow('disk full');
    table.putIf = putIf;
    await goRound(watch, 20_000);
    expect(watch.judge.failures).toBe(6);
  });

  it('takes the logs of directories for those of hosts, and those that come later', async () => {
    for (const host of ['web-1', 'web-2']) mkdirSync(at(host));
    append('web-1/access.log', access(200));
    append('web-1/notes.txt', 'buy milk\n'.repeat(10_000));
    append('web-1/access.log.1', access(502).repeat(20));
    append('web-1/access.log.2.gz', 'x');
    const watch = await open(files('web-1', 'web-2'));
    await goRound(watch, 10_000);
    expect(watch.reader.logs().map(({ path }) => path)).toEqual([at('web-1/access.log')]);
    append('web-2/error.log', '');
    append('web-2/access.log', '');
    await goRound(watch, 10_000);
    fail(7, ['web-2/error.log', 'web-2/access.log']);
    await goRound(watch, 20_000);
    expect(last()).toMatchObject({ diagnosis: { hosts: [{ host: 'web-2', failures: 7 }] } });
    expect(notices.length).toBe(1);
    expect(notices[0]).toContain('notes.txt: not recognised');
  });

  it('keeps no more of a storm than it needs', async () => {
    append('access.log', access(200));
    append('error.log', refused());
    const watch = await open(files('access.log', 'error.log'));
    for (let minute = 0; minute < 3; minute++) {
      append(
        'access.log',
        Array.from({ length: 20_000 }, (_, index) => access(502, `/x/${index}`)).join(''),
      );
      await goRound(watch, 60_000, 20_000);
    }
    expect(watch.judge.failures).toBe(60_000);
    expect(kinds()[0]).toBe('opened');
  });

  it.each([
    [['-'], 'standard input is no file'],
    [['nowhere/access.log'], 'there is no such file, nor the directory'],
    [['old.log.gz'], 'this file is compressed'],
    [['binary'], 'this is a binary file'],
    [['notes.txt'], 'notes.txt: not recognised as an NGINX, Gunicorn or system log'],
  ])('refuses to follow %j', async (names, message) => {
    writeFileSync(at('old.log.gz'), Buffer.from([0x1f, 0x8b, 8, 0]));
    writeFileSync(at('binary'), Buffer.from([0, 1, 2, 3]));
    append('notes.txt', 'buy milk\n');
    const inputs = names.map((name) => ({ path: name === '-' ? name : at(name), role: null }));
    await expect(open(inputs)).rejects.toThrow(message);
  });
});
