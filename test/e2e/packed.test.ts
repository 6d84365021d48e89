import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const incident = join(root, 'test/fixtures/lab/worker-timeout-sync-21.2.0');
/** Somebody else's CDK app: what it has beside our package, and nothing of ours. */
const app = mkdtempSync(join(tmpdir(), 'badgateway-packed-'));
const THEIRS = ['aws-cdk-lib', 'constructs', '@types/node'];

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { BadGateway, type BadGatewayProps } from 'badgateway';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Shop');
const props: BadGatewayProps = {
  services: [
    {
      name: 'shop',
      logs: {
        access: [{ name: '/shop/access', format: 'combined' }],
        error: '/shop/error',
        gunicorn: new logs.LogGroup(stack, 'Gunicorn'),
      },
    },
  ],
  alerts: { email: 'ops@example.com' },
};
const badGateway = new BadGateway(stack, 'BadGateway', props);
badGateway.alerts.topic.addToResourcePolicy;
badGateway.ingest.deadLetterQueue.metricApproximateNumberOfMessagesVisible();
app.synth();
`;

describe('the package, in an empty CDK app', () => {
  beforeAll(() => {
    const packed = run(root, 'npm', ['pack', '--silent', '--pack-destination', app]);
    const filename = packed.trim().split('\n').at(-1);
    writeFileSync(join(app, 'package.json'), '{"private":true}');
    run(app, 'npm', ['install', `./${filename}`, ...QUIETLY]);
    for (const name of THEIRS) link(name);
    writeFileSync(join(app, 'app.mts'), APP);
    writeFileSync(join(app, 'app.cts'), APP);
  }, 180_000);

  afterAll(() => rmSync(app, { recursive: true }));

  it('has neither our sources nor the tools that built it', () => {
    const files = run(join(app, 'node_modules/badgateway'), 'find', ['.', '-name', '*.ts']);
    expect(files.split('\n').filter((file) => file !== '' && !file.endsWith('.d.ts'))).toEqual([]);
    expect(existsSync(join(app, 'node_modules/esbuild'))).toBe(false);
    expect(existsSync(join(app, 'node_modules/badgateway/dist/lambdas/ingest/index.js'))).toBe(
      true,
    );
  });

  it.each(['app.mts', 'app.cts'])('is typed for %s', (file) => {
    const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--noEmit'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(run(app, process.execPath, [tsc, ...options, '--types', 'node', file])).toBe('');
  });

  it('makes a stack with the functions inside', () => {
    run(app, process.execPath, ['app.mts']);
    const template = JSON.parse(readFileSync(join(app, 'cdk.out/Shop.template.json'), 'utf8'));
    const functions = Object.values<{ readonly Type: string }>(template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    const bundles = readdirSync(join(app, 'cdk.out')).filter((file) => file.startsWith('asset.'));
    expect(bundles).toHaveLength(functions.length);
    for (const bundle of bundles) {
      expect(readdirSync(join(app, 'cdk.out', bundle))).toContain('index.js');
    }
  });

  it('can be required', () => {
    const script = "process.stdout.write(typeof require('badgateway').BadGateway)";
    expect(run(app, process.execPath, ['-e', script])).toBe('function');
  });

  it('has the command line tool', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(run(app, 'npx', ['--no-install', 'badgateway', '--version'])).toBe(`${version}\n`);
    const json = run(app, 'npx', [
      '--no-install',
      'badgateway',
      'diagnose',
      incident,
      ...JSON_ONLY,
    ]);
    expect(JSON.parse(json).diagnoses[0].cause).toBe('worker-timeout');
  });
});

const QUIETLY = ['--prefer-offline', '--no-audit', '--no-fund', '--silent'];
const JSON_ONLY = ['--format', 'json'];

/** As a user would: nothing of ours on the path, and no AWS. */
function run(cwd: string, command: string, args: readonly string[]): string {
  const ours = join(root, 'node_modules/.bin');
  const path = (process.env.PATH ?? '').split(':').filter((part) => part !== ours);
  const env = { HOME: process.env.HOME, PATH: [dirname(process.execPath), ...path].join(':') };
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
}

/** Peers that the app has brought; linked, since to install them takes a minute. */
function link(name: string): void {
  const target = join(app, 'node_modules', name);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), target);
}
