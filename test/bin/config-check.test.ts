import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configCheckSchema } from '../../core/config/config-check-schema.ts';

const ROOT = join(import.meta.dirname, '../..');
const WRONG = `services:
  - name: Shop
    logs: { access: /a, eror: /e }
    gunicorn: { timeout: 30 }
`;

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-config-check-'));
  const build = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs'), join(directory, 'dist')]);
  expect(build.stderr.toString()).toBe('');
  copyFileSync(join(ROOT, 'badgateway.example.yaml'), join(directory, 'badgateway.yaml'));
  writeFileSync(join(directory, 'wrong.yaml'), WRONG);
  writeFileSync(join(directory, 'broken.yaml'), 'services: [\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function configCheck(...args: readonly string[]): SpawnSyncReturns<string> {
  const command = [join(directory, 'dist/badgateway.cjs'), 'config', 'check', ...args];
  return spawnSync(process.execPath, command, { cwd: directory, encoding: 'utf8' });
}

describe('badgateway config check', () => {
  it('says what badgateway.yaml watches', () => {
    const { status, stdout, stderr } = configCheck();
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatchInlineSnapshot(`
      "badgateway.yaml is valid

      shop
        access    /shop/nginx/access
        error     /shop/nginx/error
        gunicorn  /shop/gunicorn
        system    /shop/journal
        settings  Gunicorn 23.0.0, gthread, timeout 30s, shop.service

      alerts
        to        ops@example.com
        when      5 failures of one cause and 1% of requests within 5m
        until     10m without a failure
        again     every 4h meanwhile
      "
    `);
  });

  it('lists all problems with their lines on standard error', () => {
    const { status, stdout, stderr } = configCheck('wrong.yaml');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatchInlineSnapshot(`
      "wrong.yaml:2:5: services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "Shop"
      wrong.yaml:3:25: services[0].logs.eror: is unknown, did you mean error?
      wrong.yaml:4:17: services[0].gunicorn.timeout: use whole seconds from 1s to 1d with the unit, such as 30s (leave a timeout of 0 out), not 30
      "
    `);
  });

  it.each([
    ['badgateway.yaml', 0, true],
    ['wrong.yaml', 2, false],
  ])('prints JSON and nothing else for %s', (file, code, valid) => {
    const { status, stdout, stderr } = configCheck(file, '--format', 'json');
    expect([status, stderr]).toEqual([code, '']);
    expect(configCheckSchema.parse(JSON.parse(stdout))).toMatchObject({ path: file, valid });
  });

  it.each([
    ['missing.yaml', 'badgateway: missing.yaml: there is no such file\n  start from'],
    ['broken.yaml', 'badgateway: broken.yaml:2:1: flow sequence'],
  ])('refuses %s with exit code 2', (file, message) => {
    const { status, stdout, stderr } = configCheck(file);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('suggests the command that was meant', () => {
    const command = [join(directory, 'dist/badgateway.cjs'), 'config', 'chek'];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      2,
      "badgateway: unknown command 'chek'\n(Did you mean check?)\n",
    ]);
  });
});
