import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error.ts';
import { launch, type Running } from './processes.ts';
import { until } from './wait.ts';

/** What a scenario may say about its Gunicorn; everything else is Gunicorn's default. */
export type GunicornOptions = {
  readonly version: string;
  readonly bind: string;
  readonly host?: string;
  readonly workers?: number;
  readonly workerClass?: string;
  readonly app?: string;
  /** Further command line arguments. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds of --timeout. */
  readonly timeout?: number;
  readonly logFile?: string;
  /** Also write Gunicorn's own access log. */
  readonly hasAccessLog?: boolean;
  /** Shell words in front of the command, such as "ulimit -n 30;". */
  readonly before?: string;
  /** The scenario wants it to fail at boot: wait for its end instead of its workers. */
  readonly mustFail?: boolean;
};

/** The folders one Gunicorn works in. */
export type GunicornPlaces = {
  readonly venvs: string;
  readonly shop: string;
  readonly logs: string;
  readonly marks: string;
};

/** One running Gunicorn; its log is not read except to see that it has started. */
export type Gunicorn = { readonly running: Running; readonly options: GunicornOptions };

/** Starts Gunicorn; returns once its workers are booting, or once it has failed if it must. */
export async function startGunicorn(
  options: GunicornOptions,
  places: GunicornPlaces,
): Promise<Gunicorn> {
  mkdirSync(places.logs, { recursive: true });
  const outputFile = join(places.logs, options.logFile ?? 'gunicorn.log');
  const bootedBefore = bootsIn(outputFile);
  const venv = join(places.venvs, `gunicorn-${options.version}`);
  const running = launch({
    command: 'sh',
    args: ['-c', `${options.before ?? ''} exec "$@"`, 'sh', ...command(options, places, venv)],
    cwd: places.shop,
    env: environmentFor(options, places, venv),
    outputFile,
  });
  if (options.mustFail) await until('Gunicorn to give up', () => !running.isAlive());
  else await untilBooted(running, outputFile, bootedBefore + (options.workers ?? 2));
  return { running, options };
}

function command(options: GunicornOptions, places: GunicornPlaces, venv: string): string[] {
  return [
    join(venv, 'bin', 'gunicorn'),
    `--bind=${options.bind}`,
    `--workers=${options.workers ?? 2}`,
    `--worker-class=${options.workerClass ?? 'sync'}`,
    `--timeout=${options.timeout ?? 30}`,
    ...(options.hasAccessLog
      ? [`--access-logfile=${join(places.logs, 'gunicorn-access.log')}`]
      : []),
    ...(options.args ?? []),
    options.app ?? 'wsgi:application',
  ];
}

function environmentFor(options: GunicornOptions, places: GunicornPlaces, venv: string) {
  return {
    // Since 25.1 a control socket is made below HOME: one for each, so that they do not meet.
    HOME: places.shop,
    VIRTUAL_ENV: venv,
    SHOP_MARKS: places.marks,
    SHOP_FORGERY: join(places.shop, 'forgery.txt'),
    ...options.env,
  };
}

async function untilBooted(running: Running, logFile: string, boots: number): Promise<void> {
  await until('Gunicorn to boot its workers', () => {
    if (!running.isAlive()) throw new LabError(`gunicorn ended: ${tail(logFile)}`);
    return bootsIn(logFile) >= boots;
  });
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

const bootsIn = (file: string): number => read(file).split('Booting worker with pid').length - 1;

const tail = (file: string): string => read(file).slice(-600);
