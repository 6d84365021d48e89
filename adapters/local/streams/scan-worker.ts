/** The thread that scans one access log; see `scan-thread.ts`. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { LineChunks } from '../line-chunks.ts';
import { scanChunk } from './access-scanner.ts';
import { CHARACTERS_AHEAD, type ScanMessage, type ScanTask, weightOf } from './scan-thread.ts';

/** Larger than usual: each chunk is a message to the other thread. */
const CHUNK_SIZE = 1024 * 1024;

async function scan(task: ScanTask, port: MessagePort): Promise<void> {
  const statuses = new Float64Array(task.statuses);
  const file = openSync(task.path, 'r');
  let readBytes = 0;
  const chunks = new LineChunks((into, offset) => {
    const count = readSync(file, into, offset, into.length - offset, null);
    readBytes += count;
    return count;
  }, CHUNK_SIZE);
  const say = (message: ScanMessage) => port.postMessage(message);
  const ahead = leash(port);
  for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
    const scanned = scanChunk(chunk, task.format, statuses);
    say({ kind: 'chunk', chunk: scanned, readBytes });
    await ahead(weightOf(scanned));
  }
  closeSync(file);
  say({ kind: 'end' });
  port.unref();
}

/** Call it with each chunk's weight: it waits while the other side has too much that it has not taken. */
function leash(port: MessagePort): (weight: number) => Promise<void> {
  let waiting = 0;
  let go: (() => void) | null = null;
  port.on('message', (weight: number) => {
    waiting -= weight;
    go?.();
  });
  return async (weight) => {
    waiting += weight;
    while (waiting > CHARACTERS_AHEAD) {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
    }
  };
}

const port = parentPort;
port?.once('message', (task: ScanTask) => void scan(task, port));
