import type { GunicornEntry } from '../parse/gunicorn-entry.ts';
import type { Observed } from './observed.ts';
import { exceptionFacts, isOutOfFiles } from './signal-request.ts';
import { isGunicornPath, readTraceback, type TracebackBlock } from './traceback.ts';

/**
 * An exception that ended a worker (Gunicorn arbiter.py `spawn_worker`) or the arbiter (`run`): out of file
 * descriptors; `worker-exited` when the worker's loop was already running; else the application or its
 * configuration did not come up.
 */
export function observeWorkerException(entry: GunicornEntry): Observed {
  const blocks = readTraceback(entry.traceback);
  const facts = exceptionFacts(blocks);
  if (blocks.some(isOutOfFiles)) return { id: 'fd-exhausted', facts };
  return { id: blocks.some(wasRunning) ? 'worker-exited' : 'boot-failure', facts };
}

/** The worker's `run` is on the stack, and not the loading of the application (which may be lazy). */
function wasRunning(block: TracebackBlock): boolean {
  const workerFrames = block.frames.filter(({ path }) => {
    return isGunicornPath(path) && path.includes('/gunicorn/workers/');
  });
  const has = (name: string) => workerFrames.some((frame) => frame.name === name);
  return has('run') && !has('load_wsgi');
}
