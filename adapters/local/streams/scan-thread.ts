/** Scans large access logs in a thread of their own, while this one joins and diagnoses. */
import type { Worker } from 'node:worker_threads';
import { AppError } from '../../../core/errors.ts';
import type { AccessScanner, ScanFormat, ScannedChunk } from './access-scanner.ts';

/** What the thread is told. */
export type ScanTask = {
  readonly path: string;
  readonly format: ScanFormat;
  /** 1,000 counts (Float64Array) that both threads see. */
  readonly statuses: SharedArrayBuffer;
};

/** What the thread says. */
export type ScanMessage =
  | { readonly kind: 'chunk'; readonly chunk: ScannedChunk; readonly readBytes: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly message: string };

/** Characters of odd lines the thread may be ahead: of an ordinary log that is all of them. */
export const CHARACTERS_AHEAD = 8 * 1024 * 1024;

/** What a chunk weighs on the leash of the thread. */
export function weightOf(chunk: ScannedChunk): number {
  return chunk.odd.reduce((sum, { text }) => sum + text.length, 1_000);
}

export class ThreadScanner implements AccessScanner {
  readonly statuses: Float64Array;
  readBytes = 0;
  readonly #worker: Worker;
  readonly #messages: ScanMessage[] = [];
  #wake: (() => void) | null = null;

  /** `worker` waits for its task. */
  constructor(worker: Worker, path: string, format: ScanFormat) {
    const statuses = new SharedArrayBuffer(1000 * Float64Array.BYTES_PER_ELEMENT);
    this.statuses = new Float64Array(statuses);
    const task: ScanTask = { path, format, statuses };
    this.#worker = worker;
    this.#worker.on('message', (message: ScanMessage) => this.#take(message));
    this.#worker.on('error', (error) => this.#take({ kind: 'failed', message: error.message }));
    this.#worker.postMessage(task);
  }

  async next(): Promise<ScannedChunk | null> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const message = this.#messages.shift() as ScanMessage;
    switch (message.kind) {
      case 'chunk':
        this.#worker.postMessage(weightOf(message.chunk));
        this.readBytes = message.readBytes;
        return message.chunk;
      case 'end':
        return null;
      case 'failed':
        throw new AppError('CannotRead', `an access log cannot be read: ${message.message}`);
    }
  }

  #take(message: ScanMessage): void {
    this.#messages.push(message);
    this.#wake?.();
    this.#wake = null;
  }
}
