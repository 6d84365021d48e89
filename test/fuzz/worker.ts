/** Runs one iteration after the other, and says in shared memory which one it is in. */
import { parentPort, workerData } from 'node:worker_threads';
import { Material } from './inputs.ts';
import { runIteration } from './iteration.ts';

const { firstSeed, progress } = workerData as {
  firstSeed: number;
  progress: Int32Array<SharedArrayBuffer>;
};
const material = new Material();

for (let seed = firstSeed; ; seed = (seed + 1) | 0) {
  Atomics.store(progress, 0, seed);
  Atomics.add(progress, 1, 1);
  const find = await runIteration(material, seed);
  if (find !== null) parentPort?.postMessage(find);
}
