import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { labHome, python } from './environment.ts';
import { LabError } from './lab-error.ts';

const run = promisify(execFile);

/** What the machine has, once the lab is set up. */
export type Toolchain = { readonly nginx: string; readonly venvs: string };

/** Makes one virtual environment for each requirements file, unless it is there already. */
export async function setUp(say: (text: string) => void): Promise<Toolchain> {
  const nginx = await nginxVersion();
  await checkPython();
  const folder = join(import.meta.dirname, 'requirements');
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  const missing = files.filter((file) => !isReady(join(folder, file)));
  if (missing.length > 0) say(`setting up ${missing.length} virtual environments in ${labHome}\n`);
  mkdirSync(labHome, { recursive: true });
  // Two at a time: making one is half waiting for pip's downloads, half Python starting.
  const queue = [...missing];
  await Promise.all([0, 1].map(() => drain(queue, (file) => makeVenv(join(folder, file)))));
  return { nginx, venvs: labHome };
}

async function drain(queue: string[], work: (item: string) => Promise<void>): Promise<void> {
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
}

async function nginxVersion(): Promise<string> {
  const told = await run('nginx', ['-v']).catch(() => {
    throw new LabError('nginx is missing: install it with "apt-get install nginx"');
  });
  return /nginx\/(\S+)/.exec(told.stderr)?.[1] ?? 'unknown';
}

async function checkPython(): Promise<void> {
  await run(python, ['-c', 'import venv, ensurepip']).catch(() => {
    throw new LabError(
      `"${python}" cannot make virtual environments: install python3 and python3-venv, or name another Python in BADGATEWAY_LAB_PYTHON`,
    );
  });
}

const venvOf = (requirements: string): string => join(labHome, basename(requirements, '.txt'));

/** The requirements a venv was made from are kept inside it: an edited file makes it anew. */
function isReady(requirements: string): boolean {
  const marker = join(venvOf(requirements), 'requirements.txt');
  return existsSync(marker) && readFileSync(marker, 'utf8') === readFileSync(requirements, 'utf8');
}

async function makeVenv(requirements: string): Promise<void> {
  const venv = venvOf(requirements);
  rmSync(venv, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  try {
    await run(python, ['-m', 'venv', venv]);
    await run(join(venv, 'bin', 'python'), [...pip, '--requirement', requirements]);
  } catch (error) {
    throw new LabError(`cannot install ${basename(requirements)}: ${String(error)}`);
  }
  writeFileSync(join(venv, 'requirements.txt'), readFileSync(requirements));
}
