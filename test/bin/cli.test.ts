import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORTH_A_THREAD } from '../../adapters/local/scan-threads.ts';
import { openWatchTable } from '../../adapters/local/watch-table.ts';

const ROOT = join(import.meta.dirname, '../..');
const ACCESS =
  '10.0.0.1 - - [20/Nov/2026:14:02:41 +0000] "GET /a HTTP/1.1" 502 157 "-" "curl/8.5"\n';
const HEALTHY = ACCESS.replace('502', '200');
const ERROR =
  '2026/11/20 14:02:41 [error] 7#7: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: , request: "GET /a HTTP/1.1", upstream: "http://127.0.0.1:8000/a", host: "x"\n';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-cli-'));
  const build = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs'), join(directory, 'dist')]);
  expect(build.stderr.toString()).toBe('');
  writeFileSync(join(directory, 'access.log'), ACCESS);
  writeFileSync(join(directory, 'error.log'), ERROR);
  writeFileSync(join(directory, 'healthy.log'), HEALTHY);
  writeFileSync(join(directory, 'binary'), Buffer.from([0, 1, 2, 3]));
  writeFileSync(join(directory, 'notes.txt'), 'buy milk\n');
  mkdirSync(join(directory, 'empty'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function badgateway(args: readonly string[], input = ''): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(directory, 'dist/badgateway.cjs'), ...args], {
    cwd: directory,
    input,
    encoding: 'utf8',
  });
}

describe('badgateway', () => {
  it('shows its help without arguments, and its version', () => {
    expect(badgateway([])).toMatchObject({ status: 0, stderr: '' });
    expect(badgateway([]).stdout).toContain('Usage: badgateway [options] [command]');
    expect(badgateway([]).stdout).not.toContain('demo');
    expect(badgateway(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(badgateway(['diagnose', '--version']).status).toBe(0);
    expect(badgateway(['diagnose', '--help']).stdout).toContain('--gunicorn-version <version>');
  });

  it.each([
    [['diagnoze'], "unknown command 'diagnoze'\n(Did you mean diagnose?)"],
    [['diagnose', '--acess', 'x'], "unknown option '--acess'\n(Did you mean --access?)"],
    [['diagnose'], 'no logs given: name the files or directories to read'],
    [['diagnose', '--access'], "option '--access <file>' argument missing"],
    [['diagnose', 'no.log'], 'no.log: there is no such file'],
    [['diagnose', 'empty'], 'empty: this directory holds no files'],
    [['diagnose', 'binary'], 'binary: this is a binary file'],
    [['diagnose', 'notes.txt'], 'notes.txt: not recognised as'],
    [['diagnose', '--format', 'xml', 'access.log'], 'Allowed choices are text, json'],
    [['diagnose', '--log-format', 'combind', 'access.log'], 'unknown log format "combind"'],
    [['diagnose', '--since', 'soon', 'access.log'], '--since "soon" is no time'],
    [['diagnose', '--until', '2026-02-30', 'access.log'], '--until "2026-02-30" is no time'],
    [['diagnose', '--since', '1h', '--until', '2h', 'access.log'], '--since 1h is not before'],
    [['diagnose', '--tz', 'Nowhere/City', 'access.log'], 'unknown time zone "Nowhere/City"'],
    [['diagnose', '--gunicorn-version', 'new', 'access.log'], '"new" is no version of Gunicorn'],
    [['explain', '--log', 'ngnix', 'x'], 'unknown log role "ngnix": use one of access, error'],
    [['explain', 'a', 'b'], 'too many arguments'],
  ])('refuses %j with exit code 2 and says why', (args, message) => {
    const { status, stdout, stderr } = badgateway(args);
    expect(stderr).toContain(`badgateway: ${message.startsWith('Allowed') ? 'option' : message}`);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect([status, stdout]).toEqual([2, '']);
  });

  it('shows where an error came from only with --debug, before the command or after it', () => {
    for (const args of [
      ['--debug', 'diagnose', 'no.log'],
      ['diagnose', '--debug', 'no.log'],
    ]) {
      expect(badgateway(args).stderr).toContain('    at ');
    }
  });
});

describe('the SDK of AWS', () => {
  it('is a file that is read for what is deployed only', () => {
    const file = join(directory, 'dist/aws.cjs');
    renameSync(file, `${file}.away`);
    const store = join(directory, 'store');
    openWatchTable(store, Date.now).close();
    expect(badgateway(['diagnose', 'access.log']).status).toBe(0);
    expect(badgateway(['mute', '--list', '--store', store]).stdout).toBe('Nothing is muted.\n');
    expect(badgateway(['drill', '--region', 'eu-west-1']).stderr).toContain('aws.cjs');
    renameSync(`${file}.away`, file);
  });
});

describe('badgateway diagnose', () => {
  it('names the cause in words, and exits with 1 only when asked to', () => {
    const { status, stdout, stderr } = badgateway(['diagnose', 'access.log', 'error.log']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('1 of 1 request failed');
    expect(stdout).toContain('backend-not-listening');
    expect(badgateway(['diagnose', '--exit-code', 'access.log', 'error.log']).status).toBe(1);
    expect(badgateway(['diagnose', '--exit-code', 'healthy.log']).status).toBe(0);
  });

  it('prints JSON and nothing else, wherever the option stands', () => {
    for (const args of [
      ['diagnose', '--format', 'json', 'access.log', 'error.log'],
      ['--format', 'json', 'diagnose', 'access.log', 'error.log'],
    ]) {
      const report: unknown = JSON.parse(badgateway(args).stdout);
      expect(report).toMatchObject({ schema: 'badgateway/diagnosis@1', failures: 1 });
    }
  });

  it('takes roles as options, and standard input', () => {
    const args = ['diagnose', '--access', '-', '--error', 'error.log', '--tz', 'UTC'];
    const { status, stdout } = badgateway(args, ACCESS);
    expect(status).toBe(0);
    expect(stdout).toContain('1 of 1 request failed');
  });

  it('reports one bad file among good ones and diagnoses the rest', () => {
    const { status, stdout, stderr } = badgateway(['diagnose', 'access.log', 'no.log']);
    expect(status).toBe(2);
    expect(stderr).toContain('badgateway: no.log: there is no such file');
    expect(stdout).toContain('1 of 1 request failed');
  });

  it('reads large logs in threads, and ends when a large file is none', () => {
    const count = Math.ceil(WORTH_A_THREAD / HEALTHY.length);
    for (const name of ['large-1.log', 'large-2.log']) {
      writeFileSync(join(directory, name), ACCESS + HEALTHY.repeat(count));
    }
    writeFileSync(join(directory, 'large.txt'), 'buy milk\n'.repeat(WORTH_A_THREAD / 8));
    const args = ['diagnose', '--format', 'json', 'large-1.log', 'large-2.log', 'error.log'];
    expect(JSON.parse(badgateway(args).stdout)).toMatchObject({
      failures: 2,
      requests: { total: 2 * (count + 1), byStatus: { 200: 2 * count, 502: 2 } },
    });
    expect(badgateway(['diagnose', 'large.txt'])).toMatchObject({ status: 2, stdout: '' });
  });

  it('draws in ASCII where the locale is not UTF-8', () => {
    const { stdout } = spawnSync(
      process.execPath,
      [join(directory, 'dist/badgateway.cjs'), 'diagnose', 'access.log', 'error.log'],
      { cwd: directory, encoding: 'utf8', env: { LC_ALL: 'C' } },
    );
    expect(stdout).toMatch(/^[\n\x20-\x7e]+$/);
  });

  it('ends quietly when the reader of its output has seen enough', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" dist/badgateway.cjs diagnose access.log | true; exit 0`],
      { cwd: directory, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('badgateway explain', () => {
  it('explains a line', () => {
    const { status, stdout } = badgateway(['explain', ERROR.trim()]);
    expect(status).toBe(0);
    expect(stdout).toContain('connection-refused');
    expect(stdout).toContain('gets 502');
  });

  it('explains lines of standard input in order, one JSON object a line', () => {
    const { stdout } = badgateway(
      ['explain', '--format', 'json'],
      `${ERROR}noise\r\n${ACCESS.trim()}`,
    );
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { role: 'error', kind: 'mechanism', id: 'connection-refused', visible: '502' },
      { parsed: false, kind: 'other', id: null },
      { role: 'access', kind: 'request', visible: '502' },
    ]);
  });

  it('reads a line as the log that it is told', () => {
    const { stdout } = badgateway([
      'explain',
      '--log',
      'gunicorn',
      '--format',
      'json',
      ERROR.trim(),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ role: 'gunicorn', kind: 'other' });
  });
});
