/** `watch` and `rehearse` as people run them: the built tool as a process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TEST_ENV } from '../../core/contract.ts';
import { alertSchema } from '../../core/schema/alert.ts';
import { rehearsalSchema } from '../../core/schema/rehearsal.ts';
import { SlackServer } from '../adapters/aws/slack-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'test/fixtures/lab/demo-report-timeouts');
/** What users may have; the tests themselves need a newer one. */
const NODE_20 = '/usr/bin/node';
const hasNode20 =
  existsSync(NODE_20) && spawnSync(NODE_20, ['--version']).stdout.toString().startsWith('v20.');

let directory = '';
let tool = '';
let running: ChildProcess[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-cli-'));
  tool = join(directory, 'dist/badgateway.cjs');
  const build = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs'), join(directory, 'dist')]);
  expect(build.stderr.toString()).toBe('');
  writeFileSync(join(directory, 'notes.txt'), 'buy milk\n');
  writeFileSync(join(directory, 'empty'), '');
  writeFileSync(join(directory, 'policy.yaml'), 'minFailures: 1000\nminRate: 0.1%\nwindow: 1m\n');
  writeFileSync(
    join(directory, 'services.yaml'),
    'services:\n  - { name: shop, logs: { access: /a } }\n  - { name: blog, logs: { access: /b } }\n',
  );
  writeFileSync(join(directory, 'bad.yaml'), 'minFailures: many\n');
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running = [];
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function badgateway(args: readonly string[]) {
  return spawnSync(process.execPath, [tool, ...args], { cwd: directory, encoding: 'utf8' });
}

type Started = {
  readonly child: ChildProcess;
  /** Until a text was written to one of its outputs; what was written so far. */
  until(text: string): Promise<string>;
  output(): string;
  end(): Promise<{ status: number | null; status2: string }>;
};

function start(args: readonly string[], env: Record<string, string> = {}, node = process.execPath) {
  const child = spawn(node, [tool, 'watch', ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
  });
  running.push(child);
  let [out, err] = ['', ''];
  const news = () => child.emit('news');
  child.stdout.on('data', (text) => {
    out += text;
    news();
  });
  child.stderr.on('data', (text) => {
    err += text;
    news();
  });
  child.once('exit', news);
  const until = async (text: string): Promise<string> => {
    while (!`${out}${err}`.includes(text)) {
      if (child.exitCode !== null) throw new Error(`it ended: ${out}${err}`);
      await once(child, 'news');
    }
    return out + err;
  };
  const end = async () => {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'close');
    return { status: child.exitCode, status2: err };
  };
  return { child, until, output: () => out, end } satisfies Started;
}

function fail(name: string, count: number): void {
  const now = new Date();
  const [day = '', clock = ''] = [now.toUTCString().slice(5, 16), now.toISOString().slice(11, 19)];
  const local = now.toISOString().slice(0, 10).replaceAll('-', '/');
  const lines = (line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');
  // What the client saw alone is a weak verdict, which is waited for: an alert of the error log alone is not.
  appendFileSync(
    join(directory, `${name}-access.log`),
    lines(
      (index) =>
        `10.0.0.1 - - [${day.replaceAll(' ', '/')}:${clock} +0000] "GET /a/${index} HTTP/1.1" 502 157 "-" "curl/8.5"`,
    ),
  );
  appendFileSync(
    join(directory, `${name}-error.log`),
    lines(
      (index) =>
        `${local} ${clock} [error] 7#7: *4 upstream sent too big header while reading response header from upstream, client: 10.0.0.1, server: , request: "GET /a/${index} HTTP/1.1", upstream: "http://127.0.0.1:8000/a/${index}", host: "\u001b[31mx"`,
    ),
  );
}

const logsOf = (name: string) => [`${name}-access.log`, `${name}-error.log`];

describe('badgateway watch', () => {
  it('says what it watches, alerts within seconds, and ends with a line', async () => {
    const watch = start([...logsOf('a'), '--service', 'shop']);
    const status = await watch.until('Ctrl-C ends it');
    expect(status).toContain('badgateway: watching 2 logs of shop, from now on\n');
    expect(status).toContain('a-access.log  not there yet');
    expect(status).toContain('alerts when one cause fails 5 requests in 5 min');
    fail('a', 12);
    await watch.until('shop/upstream-header-too-big/');
    expect(watch.output()).toContain(
      "shop  The application sent headers larger than NGINX's buffer",
    );
    expect(watch.output()).toMatch(
      /12 of 12 requests failed since \d\d:\d\d UTC \(100 %\), on localhost\./,
    );
    expect(watch.output()).toMatch(/^[\n\x20-\x7e\u00a0-\uffff]+$/);
    const { status: code, status2 } = await watch.end();
    expect(code).toBe(0);
    expect(status2).toMatch(
      /badgateway: ended after \d+ s: 24 lines read, 12 failed requests, 1 alert\n$/,
    );
  }, 30_000);

  it('goes on in a store, of which a policy can be rehearsed', async () => {
    const args = [...logsOf('e'), '--store', 'store'];
    const first = start(args);
    expect(await first.until('Ctrl-C ends it')).toContain('from now on\n');
    fail('e', 6);
    await first.until('web/upstream-header-too-big/');
    const linesRead = async (watch: Started) =>
      Number(/: (\d+) lines? read/.exec((await watch.end()).status2)?.[1]);
    const before = await linesRead(first);
    fail('e', 2);
    const second = start(args);
    expect(await second.until('Ctrl-C ends it')).toContain('from where the last run ended\n');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(before + (await linesRead(second))).toBe(16);
    const until = new Date(Date.now() + 120_000).toISOString().slice(0, 19);
    const { status, stdout } = badgateway(['rehearse', '--store', 'store', '--until', until]);
    expect(status).toBe(0);
    expect(stdout).toContain('1 message about 1 incident');
    expect(stdout).toContain('8 failed requests');
  }, 30_000);

  it('prints one machine document a line', async () => {
    const watch = start([...logsOf('b'), '--format', 'json']);
    await watch.until('Ctrl-C ends it');
    fail('b', 6);
    await watch.until('"transition":"opened"');
    const document = alertSchema.parse(JSON.parse(watch.output()));
    expect(document).toMatchObject({
      schema: 'badgateway/alert@1',
      service: 'web',
      incident: { cause: 'upstream-header-too-big', failures: 6 },
    });
  }, 30_000);

  it('posts to Slack, whose URL is in no output', async () => {
    const slack = await SlackServer.start();
    writeFileSync(join(directory, 'webhook'), `${slack.origin}/services/secret\n`);
    const env = { [TEST_ENV.slackOrigin]: slack.origin };
    const watch = start([...logsOf('c'), '--slack-webhook-file', 'webhook'], env);
    const status = await watch.until('Ctrl-C ends it');
    expect(status).toContain('and to Slack, by the webhook in webhook');
    fail('c', 6);
    while (slack.posts.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(slack.posts[0]?.payload.text).toContain('[web] The application sent headers larger');
    expect(watch.output() + (await watch.end()).status2).not.toContain('secret');
    slack.stop();
  }, 30_000);

  it.runIf(hasNode20)(
    'works on Node 20 in memory, and says what a store needs',
    async () => {
      const watch = start(logsOf('d'), {}, NODE_20);
      await watch.until('Ctrl-C ends it');
      fail('d', 6);
      await watch.until('web/upstream-header-too-big/');
      await watch.end();
      const { status, stderr } = spawnSync(NODE_20, [tool, 'watch', 'x.log', '--store', 'store'], {
        cwd: directory,
        encoding: 'utf8',
      });
      expect(status).toBe(2);
      expect(stderr).toContain('keeping a history needs Node 24 or later, and this is v20');
    },
    30_000,
  );

  it.each([
    [['watch'], 'no logs given: name the files or directories to watch'],
    [['watch', '-'], '-: standard input is no file'],
    [['watch', 'nowhere/x.log'], 'nowhere/x.log: there is no such file, nor the directory'],
    [['watch', 'notes.txt'], 'notes.txt: not recognised as an NGINX, Gunicorn or system log'],
    [['watch', 'x.log', '--tz', 'Nowhere'], 'unknown time zone "Nowhere"'],
    [['watch', 'x.log', '--service', 'a b'], '--service "a b" is no name of a service'],
    [['watch', 'x.log', '--config', 'no.yaml'], 'no.yaml: there is no such file'],
    [['watch', 'x.log', '--slack-webhook-file', 'no'], 'no: there is no such file'],
    [['watch', 'x.log', '--slack-webhook-file', 'empty'], 'empty: this holds no URL'],
    [['watch', 'x.log', '--slack-webhook-file', 'services.yaml'], 'this holds no URL'],
    [
      ['watch', 'x.log', '--config', 'services.yaml'],
      'has several services: give one of shop, blog',
    ],
    [['watch', 'x.log', '--config', 'services.yaml', '--service', 'x'], 'has no service "x"'],
    [['watch', 'x.log', '--store', 'notes.txt/x'], 'notes.txt/x/badgateway.db cannot be made'],
    [['rehearse'], 'nothing to rehearse on: name log files, --store or --stack'],
    [['rehearse', 'a.log', '--store', 'x'], 'files and --store are given'],
    [['rehearse', 'a.log', '--stack', 'x'], 'files and --stack are given'],
    [['rehearse', '--store', 'nowhere'], 'nowhere is no store: there is no badgateway.db in it'],
    [['rehearse', 'no.log'], 'no.log: there is no such file'],
    [['rehearse', DEMO, '--policy', 'no.yaml'], 'no.yaml: there is no such file'],
    [['rehearse', DEMO, '--policy', 'bad.yaml'], 'alerts.policy.minFailures'],
    [['rehearse', DEMO, '--policy', 'notes.txt'], 'notes.txt: this is no policy'],
  ])('refuses %j with exit code 2 and says why', (args, message) => {
    const { status, stdout, stderr } = badgateway(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('badgateway rehearse', () => {
  const logs = [join(DEMO, 'web-1'), join(DEMO, 'web-2')];

  it('prints what would have been sent, and how much that is', () => {
    const { status, stdout, stderr } = badgateway(['rehearse', ...logs]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatchInlineSnapshot(`
      "What would have been sent, 2026-11-21, 01:00–01:03 UTC
      alerts when one cause fails 5 requests in 5 min, or 1.0 % of at least 100 requests; over after 10
      min without; told again every 4 h

      01:01:00  opened      7  web  Gunicorn killed workers that took longer than --timeout
      01:01:00  opened     10  web  The application sent headers larger than NGINX's buffer

      2 messages about 2 incidents
         web upstream-header-too-big  1 message, 1 incident, 14 failed requests
         web worker-timeout           1 message, 1 incident, 15 failed requests

      Still going on at the end:
         web/upstream-header-too-big/20261121T010044Z
         web/worker-timeout/20261121T010047Z
      "
    `);
  });

  it('says which rules could never fire', () => {
    const { status, stdout } = badgateway([
      ...['rehearse', ...logs, '--policy', 'policy.yaml', '--format', 'json'],
    ]);
    expect(status).toBe(0);
    const document = rehearsalSchema.parse(JSON.parse(stdout));
    expect(document).toMatchObject({
      schema: 'badgateway/rehearsal@1',
      policy: { minFailures: 1000, windowMs: 60_000 },
      totals: { incidents: 2 },
    });
    expect(document.warnings).toEqual([
      'minFailures 1000 would never have opened an incident: no cause failed more than 10 requests in any 1m of this time',
    ]);
  });
});
