import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPagePath } from '../../bin/commands/write-page.ts';
import { PAGE_START } from '../../core/page/render-page.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'test/fixtures/lab/demo-report-timeouts');
const ACCESS =
  '10.0.0.1 - - [20/Nov/2026:14:02:41 +0000] "GET /a HTTP/1.1" 502 157 "-" "curl/8.5"\n';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-html-'));
  const build = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs'), join(directory, 'dist')]);
  expect(build.stderr.toString()).toBe('');
  writeFileSync(join(directory, 'access.log'), ACCESS);
  writeFileSync(join(directory, 'empty.html'), '');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function badgateway(...args: readonly string[]) {
  const path = join(directory, 'dist/badgateway.cjs');
  return spawnSync(process.execPath, [path, ...args], { cwd: directory, encoding: 'utf8' });
}

describe('diagnose --html', () => {
  it('prints the verdict as usual, writes the page and says where, again and again', () => {
    const plain = badgateway('diagnose', 'access.log');
    for (const _ of [1, 2]) {
      const { status, stdout, stderr } = badgateway('diagnose', 'access.log', '--html', 'a.html');
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toBe(`${plain.stdout}Page: a.html\n`);
    }
    const page = readFileSync(join(directory, 'a.html'), 'utf8');
    expect(page.startsWith(PAGE_START)).toBe(true);
    expect(page).toContain('1 of 1 request failed');
    expect(page).toMatch(/content="badgateway \d+\.\d+\.\d+"/);
  });

  it('keeps standard output for JSON, and the exit code', () => {
    const args = ['--format', 'json', '--exit-code', '--html', 'b.html'];
    const { status, stdout, stderr } = badgateway('diagnose', 'access.log', ...args);
    expect(JSON.parse(stdout)).toMatchObject({ failures: 1 });
    expect([status, stderr]).toEqual([1, 'badgateway: page: b.html\n']);
  });

  it('never overwrites a log that was taken for its file', () => {
    const { status, stdout, stderr } = badgateway('diagnose', '--html', 'access.log', 'access.log');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      '--html access.log: this file is there and is no report of badgateway',
    );
    expect(readFileSync(join(directory, 'access.log'), 'utf8')).toBe(ACCESS);
  });

  it.each([
    ['.', 'this is a directory; name a file in it'],
    ['-', 'is no file: name one'],
    [
      'no/such/report.html',
      'the report cannot be written there (ENOENT: no such file or directory)',
    ],
  ])('refuses %s before it reads a log', (path, message) => {
    const { status, stdout, stderr } = badgateway('diagnose', 'access.log', '--html', path);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('takes an empty file for its own', () => {
    expect(() => checkPagePath(join(directory, 'empty.html'))).not.toThrow();
  });

  it('is the last step of npm start', () => {
    const { status, stdout } = badgateway('demo', DEMO);
    expect(status).toBe(0);
    const path = resolve(directory, 'badgateway-report.html');
    expect(stdout).toContain(path);
    expect(readFileSync(path, 'utf8')).toContain('29 of 589 requests failed');
  });

  it('loads the library that draws for a page only', () => {
    const parts = ['badgateway.cjs', 'commands.cjs'].map((name) => join(directory, 'dist', name));
    for (const part of parts) expect(readFileSync(part, 'utf8')).not.toContain('zrender');
  });
});
