import { createServer } from 'node:net';

// Below Linux's ephemeral range (32768…), so that no outgoing connection can take a port
// between our looking and a server's binding, or answer where nobody should listen.
const FIRST = 18_000;
const LAST = 32_000;
let next = FIRST + Math.floor(Math.random() * 10_000);

/** A loopback TCP port that nobody uses, and that this run will not give away again. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Taken before the wait below, so that two callers never look at the same one.
    next = next >= LAST ? FIRST : next + 1;
    const port = next;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
