import { createServer } from 'node:net';
import { freePort } from './ports.ts';
import type { Stage } from './stage.ts';
import { sleep } from './wait.ts';

/**
 * A server that answers every request with the same bytes and closes: for replies Gunicorn never gives.
 * The parts are sent a moment apart, so that NGINX has passed one on before it reads the next.
 */
export async function startRawUpstream(stage: Stage, ...parts: readonly string[]): Promise<string> {
  const port = await freePort();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', async () => {
      for (const part of parts.slice(0, -1)) {
        socket.write(part, 'latin1');
        await sleep(100);
      }
      socket.end(parts.at(-1) ?? '', 'latin1');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  stage.onEnd(() => void server.close());
  return `127.0.0.1:${port}`;
}
