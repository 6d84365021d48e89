import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'badgateway-app-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SHOP = { email: 'ops@example.com', access: '/shop/access', error: '/shop/error' };

describe('the app of cdk.json', () => {
  it('makes the same stack each time, without credentials and without a network', () => {
    const [one, two] = [synthesise(SHOP, 'one'), synthesise(SHOP, 'two')];
    expect(one).toMatchObject({ status: 0, stderr: '' });
    expect(one.files).toContain('badgateway.template.json');
    for (const file of one.files) {
      expect(read('two', file)).toBe(read('one', file).replaceAll('/one/', '/two/'));
    }
    expect(two.files).toEqual(one.files);
  });

  it('names the stack and what it outputs', () => {
    synthesise({ ...SHOP, name: 'staging' }, 'staging');
    const { Outputs } = JSON.parse(read('staging', 'staging.template.json'));
    expect(Outputs.DeploymentName).toEqual({ Value: 'staging' });
    expect(Object.keys(Outputs)).toEqual([
      'DeploymentName',
      'TableName',
      'AlertTopicArn',
      'DrillLogGroupName',
      'IngestFunctionName',
      'EvaluateFunctionName',
      'SubscribeFunctionName',
      'WakeQueueUrl',
      'WakeDeadLetterQueueUrl',
      'IngestDeadLetterQueueUrl',
      'EvaluateDeadLetterQueueUrl',
      'SubscribeDeadLetterQueueUrl',
      'AlertDeadLetterQueueUrl',
    ]);
  });

  it('reads badgateway.yaml, or the file it is told', () => {
    writeFileSync(
      join(directory, 'other.yaml'),
      'services:\n  - name: shop\n    logs: { error: /shop/error }\n',
    );
    expect(synthesise({ config: 'other.yaml' }, 'file')).toMatchObject({ status: 0, stderr: '' });
  });

  it('says all that is wrong with the configuration, and exits with 2', () => {
    writeFileSync(join(directory, 'bad.yaml'), 'services:\n  - name: Shop\n    log: {}\n');
    const { status, stderr } = synthesise({ config: 'bad.yaml' }, 'bad');
    expect(status).toBe(2);
    expect(stderr).toMatchInlineSnapshot(`
      "badgateway: bad.yaml has 3 problems:
        bad.yaml:2:5: services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "Shop"
        bad.yaml:2:5: services[0].logs: is missing, use a mapping from access, error, gunicorn, system and app to log groups
        bad.yaml:3:5: services[0].log: is unknown, did you mean logs?
      "
    `);
  });

  it('refuses a name that no stack can have', () => {
    expect(synthesise({ ...SHOP, name: 'a b' }, 'name').stderr).toBe(
      'badgateway: -c name: use up to 64 letters, digits and -, a letter first, not "a b"\n',
    );
  });

  it('says what to do when there is no configuration, or two', () => {
    expect(synthesise({}, 'none').stderr).toMatch(
      /^badgateway: no badgateway\.yaml in .*\n {2}copy badgateway\.example\.yaml and change it, or for a first try: npx cdk deploy -c email=/,
    );
    expect(synthesise({ ...SHOP, config: 'other.yaml' }, 'both').stderr).toBe(
      'badgateway: both other.yaml and options (-c) say what to watch: leave the options out, or move the file away\n',
    );
  });
});

function synthesise(context: Readonly<Record<string, string>>, outdir: string) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require', join(root, 'test/lib/no-network.cjs'), join(root, 'dist/app.cjs')],
    {
      cwd: directory,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        CDK_OUTDIR: join(directory, outdir),
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...flags() }),
      },
    },
  );
  return { status, stderr, files: status === 0 ? readdirSync(join(directory, outdir)).sort() : [] };
}

function flags(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).context;
}

function read(outdir: string, file: string): string {
  return file.startsWith('asset.') ? '' : readFileSync(join(directory, outdir, file), 'utf8');
}
