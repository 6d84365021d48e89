import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectInputs, type NamedInput } from '../../../adapters/local/collect-inputs.ts';
import { access, CLOSED, error, start } from '../../core/diagnose/logs.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'badgateway-test-'));
  mkdirSync(join(root, 'web-1'));
  mkdirSync(join(root, 'empty'));
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(root, name), lines.map((line) => `${line}\n`).join(''));
  write('web-1/access.log', [access(0, 502)]);
  write('web-1/error.log', [error(0, CLOSED)]);
  write('web-1/gunicorn.log', start(0));
  write('web-1/notes.txt', ['buy milk']);
  symlinkSync(join(root, 'web-1/error.log'), join(root, 'link.log'));
});

afterAll(() => rmSync(root, { recursive: true }));

function given(path: string, role: NamedInput['role'] = null): NamedInput {
  return { path: join(root, path), role };
}

async function collect(inputs: readonly NamedInput[], host: string | null = null) {
  const { logs, problems, skipped } = await collectInputs(inputs, { host, format: null });
  return {
    logs: logs.map(({ input, role, host: name }) => [
      input.path.slice(root.length + 1),
      role,
      name,
    ]),
    problems: problems.map(({ code }) => code),
    skipped: skipped.map((path) => path.slice(root.length + 1)),
  };
}

describe('the inputs of a diagnosis', () => {
  it('are a directory’s logs, the host named after it, without what is no log', async () => {
    expect(await collect([given('web-1')])).toEqual({
      logs: [
        ['web-1/access.log', 'access', 'web-1'],
        ['web-1/error.log', 'error', 'web-1'],
        ['web-1/gunicorn.log', 'gunicorn', 'web-1'],
      ],
      problems: [],
      skipped: ['web-1/notes.txt'],
    });
  });

  it('are of the host the user names', async () => {
    const { logs } = await collect([given('web-1'), given('link.log')], 'shop');
    expect(new Set(logs.map(([, , host]) => host))).toEqual(new Set(['shop']));
  });

  it('are each read once, however often and by whatever name they are given', async () => {
    const inputs = [given('web-1/error.log'), given('link.log'), given('web-1/error.log', 'error')];
    expect((await collect(inputs)).logs).toEqual([['web-1/error.log', 'error', 'localhost']]);
  });

  it('are what the user says they are, wherever it is said', async () => {
    const { logs } = await collect([given('web-1'), given('web-1/notes.txt', 'app')]);
    expect(logs).toContainEqual(['web-1/notes.txt', 'app', 'web-1']);
  });

  it.each([
    ['missing.log', 'NoSuchFile'],
    ['empty', 'NoLogs'],
    ['web-1/notes.txt', 'UnknownLog'],
  ])('are told when they cannot be used: %s', async (path, code) => {
    const { logs, problems } = await collect([given(path), given('link.log')]);
    expect(logs).toHaveLength(1);
    expect(problems).toEqual([code]);
  });
});
