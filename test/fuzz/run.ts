/**
 * `npm run fuzz -- --seconds 60`: feeds everything that reads logs with strange input and prints what breaks.
 * `--seed N` starts there, `--once` runs that one iteration only.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Material } from './inputs.ts';
import { type Find, runIteration } from './iteration.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    once: { type: 'boolean', default: false },
  },
});

/** Longer than any iteration takes, on a busy machine too: past it, it loops. */
const STUCK_MS = 30_000;
const MOST_FINDS = 20;

const firstSeed = Number(options.seed ?? Date.now() % 1_000_000_000);
const finds = new Map<string, Find>();

function note(find: Find): void {
  const key = `${find.target}: ${find.problem.slice(0, 300).replace(/\d+/g, '')}`;
  if (finds.has(key)) return;
  finds.set(key, find);
  const again = `npm run fuzz -- --once --seed ${find.seed}`;
  process.stdout.write(`\n${find.target}, seed ${find.seed} (${again})\n  ${find.problem}\n`);
  if (find.input !== '') process.stdout.write(`  input: ${find.input}\n`);
}

/** How a worker ended: of itself never, so by its time, stuck, or by an error that nothing could catch. */
type Ending = { readonly isOver: boolean; readonly seed: number; readonly count: number };

/** Runs a worker from `seed` on until the time is over or it breaks. */
function runWorker(seed: number, endsAt: number): Promise<Ending> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const workerData = { firstSeed: seed, progress };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  let lastCount = -1;
  let movedAt = Date.now();
  return new Promise((resolve) => {
    const end = (isOver: boolean, problem: string | null): void => {
      clearInterval(timer);
      const at = Atomics.load(progress, 0);
      if (problem !== null) note({ seed: at, target: 'the process', problem, input: '' });
      const count = Atomics.load(progress, 1);
      void worker.terminate().then(() => resolve({ isOver, seed: at, count }));
    };
    const watch = (): void => {
      const count = Atomics.load(progress, 1);
      if (count !== lastCount) movedAt = Date.now();
      lastCount = count;
      if (Date.now() - movedAt > STUCK_MS) end(false, `no end after ${STUCK_MS} ms`);
      else if (Date.now() > endsAt || finds.size >= MOST_FINDS) end(true, null);
    };
    const timer = setInterval(watch, 250);
    worker.on('message', note);
    worker.on('error', (error) => end(false, `uncaught: ${(error as Error).stack}`));
  });
}

/** Runs for the given time, with a new worker after each break; resolves to the number of iterations. */
async function runFor(ms: number): Promise<number> {
  const endsAt = Date.now() + ms;
  let count = 0;
  for (let seed = firstSeed; ; ) {
    const ending = await runWorker(seed, endsAt);
    count += ending.count;
    if (ending.isOver) return count;
    seed = ending.seed + 1;
  }
}

async function main(): Promise<void> {
  if (options.once) {
    const find = await runIteration(new Material(), firstSeed);
    if (find !== null) note(find);
    else process.stdout.write(`nothing wrong with seed ${firstSeed}\n`);
  } else {
    const count = await runFor(Number(options.seconds) * 1000);
    process.stdout.write(`${count} iterations from seed ${firstSeed}, ${finds.size} bugs\n`);
  }
  process.exitCode = finds.size === 0 ? 0 : 1;
}

await main();
