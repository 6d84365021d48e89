/** Starts MiniStack, an AWS emulator in Python that needs no Docker: https://pypi.org/project/ministack (MIT). */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

export type Ministack = {
  /** `http://127.0.0.1:PORT`, for all services. */
  readonly endpoint: string;
  readonly region: string;
  /** What MiniStack and the functions that it runs have written. Gone after `stop`. */
  readonly logFile: string;
  /** Ends it with all processes that it started, and removes its state. */
  stop(): Promise<void>;
};

/** What a client of the AWS SDK is made with to talk to MiniStack. */
export function clientConfig({ endpoint, region }: Pick<Ministack, 'endpoint' | 'region'>) {
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

const REGION = 'us-east-1';
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const VENV = join(import.meta.dirname, '.venv');
const START_MS = 60_000;
const STOP_MS = 5_000;
const INSTALL_MS = 300_000;

const run = promisify(execFile);

/** Installs MiniStack for these tests, once for each state of `requirements.txt`; gives the Python that has it. */
async function prepareMinistack(): Promise<string> {
  const python = join(VENV, 'bin', 'python');
  const stamp = join(VENV, 'installed.sha256');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  await checkPython();
  rmSync(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV], { timeout: INSTALL_MS });
  const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--requirement', REQUIREMENTS];
  await run(python, install, { timeout: INSTALL_MS });
  writeFileSync(stamp, wanted);
  return python;
}

async function checkPython(): Promise<void> {
  await run('python3', ['-c', 'import sys; assert sys.version_info >= (3, 10)']).catch(() => {
    throw new Error(
      'the end-to-end tests run MiniStack, which needs Python 3.10 or later as python3',
    );
  });
  // Debian has it in a package of its own.
  await run('python3', ['-c', 'import ensurepip, venv']).catch(() => {
    throw new Error('python3 cannot make virtual environments: apt-get install python3-venv');
  });
}

/** Starts a MiniStack of its own, empty, on a free port of 127.0.0.1, and waits until it answers. */
export async function startMinistack(): Promise<Ministack> {
  const python = await prepareMinistack();
  const directory = mkdtempSync(join(tmpdir(), 'badgateway-ministack-'));
  const logFile = join(directory, 'ministack.log');
  const port = await freePort();
  const child = spawnMinistack(python, { directory, logFile, port });
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await waitUntilHealthy(child, endpoint);
  } catch (error) {
    const log = readFileSync(logFile, 'utf8').slice(-2_000);
    await stop();
    throw new Error(`MiniStack does not start: ${String(error)}\n${log}`, { cause: error });
  }
  return { endpoint, region: REGION, logFile, stop };
}

/** Whatever way the tests end, the pipe to them closes: then MiniStack ends as well, with its functions. */
const PROGRAM = `
import os, signal, sys, threading
def end_with_the_tests():
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_the_tests, daemon=True).start()
from ministack.app import main
main()`;

type Place = { readonly directory: string; readonly logFile: string; readonly port: number };

function spawnMinistack(python: string, { directory, logFile, port }: Place): ChildProcess {
  const log = openSync(logFile, 'a');
  return spawn(python, ['-c', PROGRAM], {
    cwd: directory,
    // A process group of its own: functions run as children, and must end with it.
    detached: true,
    stdio: ['pipe', log, log],
    // Nothing else of this environment: no real credentials, no proxy, no Docker.
    env: {
      // Functions run by the `node` that it finds: the one that runs the tests.
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      HOME: directory,
      TMPDIR: directory,
      STATE_DIR: join(directory, 'state'),
      S3_DATA_DIR: join(directory, 's3'),
      PERSIST_STATE: '0',
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: REGION,
      LAMBDA_EXECUTOR: 'local',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      PYTHONUNBUFFERED: '1',
    },
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function waitUntilHealthy(child: ChildProcess, endpoint: string): Promise<void> {
  const until = Date.now() + START_MS;
  let failure: unknown;
  child.once('error', (error) => {
    failure = error;
  });
  while (Date.now() < until) {
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => null);
    await answer?.text();
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error(`no answer within ${START_MS} ms`);
}

async function end(child: ChildProcess): Promise<void> {
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  if (!isOver()) {
    const exit = once(child, 'exit');
    signalAll(child, 'SIGTERM');
    await Promise.race([exit, wait(STOP_MS, undefined, { ref: false })]);
  }
  // Also when it has ended: functions may have outlived it.
  signalAll(child, 'SIGKILL');
}

function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty already.
  }
}
