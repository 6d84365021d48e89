import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWatchTable } from '../../adapters/local/watch-table.ts';
import { activeMute, listMutes } from '../../core/incident/mutes.ts';

const ROOT = join(import.meta.dirname, '../..');
let directory = '';
let store = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-mute-'));
  store = join(directory, 'store');
  openWatchTable(store, Date.now).close();
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

const WHY = ['--reason', 'database migration', '--author', 'ann'];

describe('mute in a store', () => {
  it('mutes a cause of a service until an end, lists it, and unmutes it', async () => {
    const place = ['--store', store];
    const muted = badgateway(
      ...['mute', '--service', 'web', '--cause', 'worker-timeout', '--for', '2h', ...WHY, ...place],
    );
    expect(muted.stdout).toMatch(/^Muted: worker-timeout of web\. Incidents are recorded/);
    expect(muted.stderr).toContain('nothing was ever heard of a service "web" here');
    expect(muted.status).toBe(0);
    const opened = openWatchTable(store, Date.now);
    const nowMs = Date.now();
    const mutes = await listMutes(opened.table, { service: 'web', nowMs });
    opened.close();
    const now = { service: 'web', nowMs } as const;
    expect(activeMute(mutes, { ...now, cause: 'worker-timeout' })?.author).toBe('ann');
    expect(activeMute(mutes, { ...now, cause: 'worker-oom' })).toBeNull();
    const listed = badgateway('mute', '--list', '--format', 'json', ...place);
    const { id } = JSON.parse(listed.stdout).mutes[0];
    const unmuted = badgateway('unmute', id, ...place);
    expect(unmuted.stdout).toBe(`No longer muted: worker-timeout of web (${id})\n`);
    expect(badgateway('mute', '--list', ...place).stdout).toBe('Nothing is muted.\n');
    expect(badgateway('unmute', id, ...place).stderr).toContain(`no mute has the id "${id}"`);
  });

  it('says what of another mute stays silent', () => {
    const place = ['--store', store];
    const window = ['--weekly', 'Mon-Sun 00:00-00:00', '--tz', 'Europe/Berlin'];
    badgateway('mute', '--cause', 'worker-oom', ...window, ...WHY, ...place);
    badgateway('mute', '--service', 'web', '--for', '1h', ...WHY, ...place);
    const { stdout } = badgateway('unmute', '--service', 'web', ...place);
    expect(stdout).toMatch(/^No longer muted: all of web \(m-[0-9a-f]{8}\)\nStill muted:\n/);
    expect(stdout).toContain('worker-oom of all services: every Sun, Mon, Tue, Wed, Thu, Fri, Sat');
  });
});

describe('mute', () => {
  it.each<[readonly string[], string]>([
    [['mute', '--for', '2h', '--reason', 'x'], 'nothing to mute: give --service, --cause'],
    [['mute', '--service', 'shop', '--for', '2h'], 'no reason: others will wonder'],
    [['mute', '--service', 'shop', '--reason', 'x'], 'no end: a mute that is forgotten'],
    [['mute', '--service', 'shop', '--for', 'ever', ...WHY], '--for "ever" is no duration'],
    [['mute', '--service', 'shop', '--for', '0m', ...WHY], '--for "0m" is no duration'],
    [['mute', '--service', 'shop', '--until', '2h', ...WHY], 'for a while from now on, --for 2h'],
    [['mute', '--service', 'shop', '--until', '2020-01-01', ...WHY], 'is over already'],
    [['mute', '--service', 'a#b', '--for', '2h', ...WHY], '--service "a#b" is no name'],
    [['mute', '--cause', 'oom', '--for', '2h', ...WHY], 'did you mean worker-oom?'],
    [['mute', '--cause', 'worker-tiemout', '--for', '2h', ...WHY], 'did you mean worker-timeout?'],
    [
      ['mute', '--service', 'x', '--tz', 'UTC', '--for', '2h', ...WHY],
      '--tz is the zone of --weekly',
    ],
    [['mute', '--list', '--store', 'nowhere'], 'nowhere is no store'],
    [['mute', '--list', '--store', 'x', '--stack', 'y'], '--stack and --store are given'],
    [['mute', '--list'], 'no AWS region is known'],
    [['unmute'], 'nothing to unmute: give an id'],
    [['unmute', 'm-1', '--service', 'shop'], 'an id says all'],
    [['drill', '--timeout', 'soon'], '--timeout "soon" is no duration'],
    [['drill', '--region', 'eu-west-1'], 'no AWS credentials that are taken'],
  ])('refuses %j with exit code 2 and says why', (args, message) => {
    const { status, stdout, stderr } = badgateway(...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });
});
