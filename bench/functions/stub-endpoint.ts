import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The stub in a process of its own: this one is blocked while it measures. */
export async function startStub(): Promise<{ readonly url: string; stop(): void }> {
  const stub = join(import.meta.dirname, 'stub.ts');
  const child: ChildProcess = spawn(process.execPath, [stub], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.kill() };
}
