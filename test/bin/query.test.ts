import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWatchTable } from '../../adapters/local/watch-table.ts';
import { NO_SETTINGS } from '../../core/diagnose/fix-facts.ts';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { afterEvaluation } from '../../core/incident/after-evaluation.ts';
import { DEFAULT_POLICY } from '../../core/incident/policy.ts';
import { incidentListSchema, incidentStorySchema } from '../../core/schema/incidents.ts';
import { querySchema } from '../../core/schema/query.ts';
import { ingest } from '../pipeline/deliveries.ts';

const ROOT = join(import.meta.dirname, '../..');
const SERVICE = 'shop';
const FAILED_AT = Date.now() - 120_000;
let directory = '';
let store = '';

/** Eight requests that nothing listened for. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-query-'));
  store = join(directory, 'store');
  const opened = openWatchTable(store, Date.now);
  const stamp = new Date(FAILED_AT)
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', '/')
    .replace('T', ' ');
  const messages = Array.from({ length: 8 }, (_, index) => {
    const path = index === 0 ? '/a,b' : `/carts/${index}`;
    return `${stamp} [error] 31#31: *${index + 1} connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.9, server: shop, request: "GET ${path} HTTP/1.1", upstream: "http://127.0.0.1:8000${path}", host: "shop"`;
  });
  const events = messages.map((message, index) => ({
    id: String(index).padStart(56, '0'),
    timestamp: FAILED_AT,
    message,
  }));
  const log = {
    role: 'error',
    host: 'web-1',
    group: '/shop/error',
    stream: 'web-1',
    format: undefined,
    formatText: null,
    events,
  } as const;
  await ingest(opened.table, { log, events }, Date.now());
  const options = { service: SERVICE, nowMs: Date.now(), stamp: 'test' };
  await evaluateService(opened.table, options);
  await afterEvaluation(
    { table: opened.table, publish: async () => {} },
    { ...options, policy: DEFAULT_POLICY, settings: NO_SETTINGS },
  );
  opened.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** From source: what is bundled is tested in `cli.test.ts`, and against AWS end to end. */
function badgateway(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(ROOT, 'bin/badgateway.ts'), ...args], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: directory, AWS_EC2_METADATA_DISABLED: 'true' },
  });
}

const here = (...args: readonly string[]) => badgateway(...args, '--store', store);

describe('query', () => {
  it('prints a table, with bars and a sum', () => {
    const { stdout, stderr, status } = here('query', '--by', 'cause,route', '--since', '1h');
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toMatch(
      /^8 failed requests of shop, \d{4}-\d\d-\d\d \d\d:\d\d – .*UTC\n\ncause/,
    );
    expect(stdout).toMatch(/backend-not-listening {2}GET \/carts\/:id +7 +88.% {2}█/);
    expect(stdout).not.toContain('\x1b');
  });

  it('prints JSON as its schema has it', () => {
    const { stdout } = here('query', '--by', 'time,host', '--since', '1h', '--format', 'json');
    const result = querySchema.parse(JSON.parse(stdout));
    expect(result).toMatchObject({ failures: 8, every: '1m', by: ['time', 'host'] });
    expect(result.rows).toEqual([
      {
        time: new Date(Math.floor(FAILED_AT / 60_000) * 60_000).toISOString(),
        host: 'web-1',
        failures: 8,
      },
    ]);
  });

  it('prints CSV that a spreadsheet reads as it is', () => {
    const { stdout } = here('query', '--by', 'route,status', '--since', '1h', '--format', 'csv');
    const [head, first, second] = stdout.split('\r\n');
    expect(head).toBe('route,status,failures');
    expect(first).toBe('GET /carts/:id,502,7');
    expect(second).toMatch(/^"GET \/a,b",502,1$/);
  });

  it.each<[readonly string[], string]>([
    [['--by', 'colour'], '--by "colour" is nothing to group by: use time, service, cause'],
    [['--every', '2h'], '--every "2h": use 1m, 1h, 1d, 1mo'],
    [['--since', 'yesterday'], '--since "yesterday" is no time'],
    [['--since', '1h', '--until', '2h'], '--since 1h is not before --until 2h'],
    [['--limit', '0'], '--limit "0": use a whole number from 1'],
    [['--cause', 'worker-tiemout'], 'did you mean worker-timeout?'],
    [['--tz', 'Mars'], 'unknown time zone "Mars"'],
    [['--service', 'shpo'], 'nothing was ever counted of service "shpo": there is shop'],
  ])('%j is refused in a sentence that says what to do', (args, problem) => {
    const { stderr, stdout, status } = here('query', ...args);
    expect(stderr).toContain(problem);
    expect([stdout, status]).toEqual(['', 2]);
  });

  it('says so when nothing failed, was stored, or can be reached', () => {
    const future = here('query', '--since', '2099-01-01', '--until', '2099-01-02');
    expect(future.stdout).toMatch(
      /^No failed requests of shop, 2099-01-01 00:00 – 2099-01-02 00:00 UTC/,
    );
    const nowhere = badgateway('query', '--store', join(directory, 'nothing'));
    expect(nowhere.stderr).toContain('is no store');
    const unsigned = badgateway('query', '--region', 'eu-west-1');
    expect(unsigned.stderr).toMatch(/credentials/);
    expect([nowhere.status, unsigned.status]).toEqual([2, 2]);
  });
});

describe('incidents', () => {
  it('lists them, as text and as JSON', () => {
    expect(here('incidents', '--open').stdout).toMatch(
      /^1 incident since .*, 1 open\n\n.* open .* shop +8 +Nothing listens/,
    );
    const list = incidentListSchema.parse(JSON.parse(here('incidents', '--format', 'json').stdout));
    expect(list.incidents).toMatchObject([{ cause: 'backend-not-listening', failures: 8 }]);
  });

  it('tells the story of one', () => {
    const { incidents } = JSON.parse(here('incidents', '--format', 'json').stdout);
    const { id } = incidents[0];
    const told = here('incidents', id).stdout;
    expect(told).toContain(`Incident ${id}\n`);
    expect(told).toContain('Nothing listens on 127.0.0.1:8000');
    expect(told).toContain('WHAT PEOPLE WERE TOLD');
    expect(told).not.toContain('\x1b');
    const story = incidentStorySchema.parse(
      JSON.parse(here('incidents', id, '--format', 'json').stdout),
    );
    expect(story.diagnosis?.failures).toBe(8);
    const unknown = here('incidents', 'shop/worker-oom/20200101T000000Z');
    expect(unknown.stderr).toContain('there is no incident "shop/worker-oom/20200101T000000Z"');
    expect(unknown.status).toBe(2);
  });
});
