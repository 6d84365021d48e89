import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Starting a thread takes as long as scanning this much. */
export const WORTH_A_THREAD = 24 * 1024 * 1024;

declare const SCAN_WORKER: string | undefined;

/** The bundle has the thread's code in a file beside it; from source it is run as it is. */
function workerFile(): string | URL {
  return typeof SCAN_WORKER === 'undefined'
    ? new URL('./streams/scan-worker.ts', import.meta.url)
    : `${__dirname}/${SCAN_WORKER}`;
}

/** Starts the threads that scan access logs (`streams/scan-worker.ts`); each waits for its task. */
export class ScanThreads {
  #spare: Worker | null = null;

  /**
   * Starts a thread ahead when one of the files is large, before anything is known of it but its size: it has started
   * when the file is recognised. It keeps nobody waiting if it is not needed.
   */
  prepare(paths: readonly string[]): void {
    if (!paths.some(isLarge)) return;
    const worker = new Worker(workerFile());
    worker.unref();
    // One that cannot start is forgotten: the next one says why.
    worker.on('error', () => {
      this.#spare = null;
    });
    this.#spare = worker;
  }

  /** A thread that waits for its task. */
  start(): Worker {
    const worker = this.#spare ?? new Worker(workerFile());
    this.#spare = null;
    worker.ref();
    return worker;
  }
}

function isLarge(path: string): boolean {
  try {
    const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true && found.size >= WORTH_A_THREAD;
  } catch {
    return false;
  }
}
