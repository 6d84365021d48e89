import { connect, type Socket } from 'node:net';
import { type Reply, readReply } from './reply.ts';

/** Where a server listens. */
export type Target = { readonly port: number } | { readonly path: string };

/** How the client behaves while it waits. */
export type Manners = {
  /** Hang up after so long, as an impatient person does. */
  readonly abortAfterMs?: number;
  /** Read nothing for so long, as a phone in a tunnel does. */
  readonly pauseMs?: number;
  /** Nothing in the lab takes longer than this. */
  readonly deadlineMs?: number;
};

/** Sends the bytes of one request on a connection of its own and reads until the server closes it. */
export function exchange(target: Target, request: Buffer, manners: Manners = {}): Promise<Reply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', ...target });
    const timers = startTimers(socket, manners, (reply) => finish(reply));
    let isDone = false;
    const finish = (reply: Reply) => {
      if (isDone) return;
      isDone = true;
      timers.forEach(clearTimeout);
      socket.destroy();
      resolve(reply);
    };
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => finish(readReply(Buffer.concat(chunks), true)));
    socket.on('error', () => finish(readReply(Buffer.concat(chunks), false)));
    socket.on('close', () => finish(readReply(Buffer.concat(chunks), false)));
  });
}

function startTimers(socket: Socket, manners: Manners, finish: (reply: Reply) => void) {
  const timers = [setTimeout(() => finish(gone('late')), manners.deadlineMs ?? 40_000)];
  if (manners.abortAfterMs !== undefined) {
    timers.push(setTimeout(() => finish(gone('aborted')), manners.abortAfterMs));
  }
  if (manners.pauseMs !== undefined) {
    socket.pause();
    timers.push(setTimeout(() => socket.resume(), manners.pauseMs));
  }
  return timers;
}

const gone = (status: string): Reply => ({
  status,
  headers: new Map(),
  body: Buffer.alloc(0),
  isComplete: false,
});

/** Whether nobody listens there; connects and sends nothing. */
export function isRefused(target: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', ...target });
    socket.once('connect', () => resolve(!socket.destroy()));
    socket.once('error', () => resolve(true));
  });
}
