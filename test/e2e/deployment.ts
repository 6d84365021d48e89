/** A real `cdk deploy` of the app into the emulator. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '..', '..');
const ACCOUNT = '000000000000';

export type Aws = { readonly endpoint: string; readonly region: string };

/** A stack in the emulator, with the `badgateway.yaml` it is made of. */
export class Deployment {
  readonly name: string;
  readonly #aws: Aws;
  readonly #directory = mkdtempSync(join(tmpdir(), 'badgateway-deploy-'));

  constructor(aws: Aws, name: string) {
    this.#aws = aws;
    this.name = name;
  }

  async bootstrap(): Promise<void> {
    await this.#cdk('bootstrap', `aws://${ACCOUNT}/${this.#aws.region}`);
  }

  /** Deploys this configuration; gives what the CDK said. */
  async deploy(yaml: string): Promise<string> {
    writeFileSync(this.#config, yaml);
    return this.#cdk('deploy', '--require-approval', 'never', '--outputs-file', this.#outputs);
  }

  async destroy(): Promise<string> {
    const said = await this.#cdk('destroy', '--force');
    rmSync(this.#directory, { recursive: true, force: true });
    return said;
  }

  /** Outputs of the stack by name. */
  outputs(): Readonly<Record<string, string>> {
    return JSON.parse(readFileSync(this.#outputs, 'utf8'))[this.name];
  }

  get #config(): string {
    return join(this.#directory, 'badgateway.yaml');
  }

  get #outputs(): string {
    return join(this.#directory, 'outputs.json');
  }

  async #cdk(command: string, ...args: readonly string[]): Promise<string> {
    const cdk = join(ROOT, 'node_modules', '.bin', 'cdk');
    const own = ['-c', `config=${this.#config}`, '-c', `name=${this.name}`];
    const output = ['--output', join(this.#directory, 'cdk.out'), '--ci'];
    if (command === 'bootstrap')
      writeFileSync(this.#config, 'services: [{name: shop, logs: {error: /x}}]');
    const { stdout, stderr } = await run(cdk, [command, ...args, ...own, ...output], {
      cwd: ROOT,
      maxBuffer: 64 << 20,
      timeout: 300_000,
      env: {
        PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(':'),
        HOME: this.#directory,
        AWS_ENDPOINT_URL: this.#aws.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: this.#aws.region,
        AWS_DEFAULT_REGION: this.#aws.region,
        CDK_DISABLE_VERSION_CHECK: '1',
        NO_COLOR: '1',
      },
    });
    return stdout + stderr;
  }
}
