import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The generator of `../shared`, which is beside the project and not part of it. */
const GENERATOR = join(import.meta.dirname, '..', '..', 'shared', 'tools', 'generate-logs.mjs');

/** Where everything the benchmarks write goes; not in git. */
export const OUT = join(import.meta.dirname, 'out');

/** What a correct reader must count (`truth.json` of the generator). */
export type Truth = {
  readonly lines: number;
  readonly status: Readonly<Record<string, number>>;
  /** Error lines by what NGINX saw, in the generator's own names; the read timeouts of 504s are not in it. */
  readonly causes: Readonly<Record<string, number>>;
  readonly gunicorn: Readonly<Record<string, number>>;
  readonly payload1k: {
    readonly decoded: number;
    readonly payloads: number;
    readonly events: number;
    readonly status: Readonly<Record<string, number>>;
    readonly causes: Readonly<Record<string, number>>;
  };
};

/** Generated logs on disk. */
export type Corpus = {
  readonly name: string;
  readonly accessMb: number;
  readonly access: string;
  readonly error: string;
  readonly gunicorn: string;
  /** One `{"awslogs":{"data":…}}` a line. */
  readonly payloads: string;
  readonly truth: Truth;
};

export type CorpusSize = {
  readonly seed: number;
  readonly accessMb: number;
  readonly payloadMb: number;
};

/** A benchmark that cannot be run here, in words a user can act on. */
export class BenchError extends Error {}

/** Makes the logs, or takes those that are there already: the generator is deterministic. */
export function prepareCorpus({ seed, accessMb, payloadMb }: CorpusSize): Corpus {
  const name = `seed-${seed}-${accessMb}-mb`;
  const folder = join(OUT, name);
  const truthFile = join(folder, 'truth.json');
  if (!existsSync(truthFile)) generate({ seed, accessMb, payloadMb }, folder);
  return {
    name,
    accessMb,
    access: join(folder, 'access.log'),
    error: join(folder, 'error.log'),
    gunicorn: join(folder, 'gunicorn.log'),
    payloads: join(folder, 'payload-1k.jsonl'),
    truth: JSON.parse(readFileSync(truthFile, 'utf8')) as Truth,
  };
}

function generate({ seed, accessMb, payloadMb }: CorpusSize, folder: string): void {
  if (!existsSync(GENERATOR)) {
    throw new BenchError(
      `${GENERATOR} is not there: the benchmarks need the log generator of the folder "shared" beside the project`,
    );
  }
  process.stderr.write(`generating ${accessMb} MB of access log, seed ${seed}\n`);
  const sizes = ['--access-mb', String(accessMb), '--payload-mb', String(payloadMb)];
  const args = [GENERATOR, '--out', folder, '--seed', String(seed), ...sizes];
  const done = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) throw new BenchError(`${GENERATOR} failed with status ${done.status}`);
}
