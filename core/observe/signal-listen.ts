/** Addresses in messages about sockets (Gunicorn arbiter.py `start`, sock.py `create_sockets`). */
import type { SignalFacts } from '../model.ts';
import type { Observed } from './observed.ts';

const MAX_ADDRESSES = 16;
const MAX_REASON = 200;

/**
 * `Listening at: unix:/run/a.sock,http://127.0.0.1:8000 (4671)`, `Uvicorn running on http://0.0.0.0:80 (…)`,
 * `Uvicorn running on unix socket /run/a.sock (…)`: the addresses as Gunicorn would write them.
 */
export function readAddresses(message: string): string[] {
  const start = message.startsWith('Listening at: ') ? 14 : message.indexOf(' on ') + 4;
  const end = message.lastIndexOf(' (');
  const list = message.slice(start, end > start ? end : undefined).trim();
  if (list.startsWith('unix socket ')) return [`unix:${list.slice(12)}`];
  return list
    .split(',', MAX_ADDRESSES)
    .map((address) => address.trim())
    .filter((address) => address.includes(':'));
}

const BIND_STARTS = ['Connection in use: ', "Can't connect to ", 'Invalid address: '];
const ASGI_STARTS = ['No servers could be started', 'Failed to create server on '];

/**
 * A bind that failed, or `null`: applications log `Can't connect to MySQL …` and `connection to …` too, but
 * Gunicorn writes a bare address, as Python shows it.
 */
export function readBindFailure(message: string): Observed | null {
  if (message === 'Retrying in 1 second.') return { id: 'bind-failure' };
  if (ASGI_STARTS.some((start) => message.startsWith(start))) return { id: 'bind-failure' };
  if (message.startsWith('[Errno')) return bindFailure(readTuple(message), message);
  const failed = message.startsWith('connection to ') ? message.indexOf(' failed: [Errno ') : -1;
  if (failed >= 0) {
    const address = addressOf(message.slice('connection to '.length, failed));
    return address === null
      ? null
      : bindFailure(address, message.slice(failed + ' failed: '.length));
  }
  const start = BIND_STARTS.find((prefix) => message.startsWith(prefix));
  const address = start === undefined ? null : addressOf(message.slice(start.length));
  return address === null ? null : bindFailure(address, reasonOf(start ?? ''));
}

function bindFailure(address: string | null, reason: string | null): Observed {
  const facts: SignalFacts = {
    ...(address === null ? {} : { addresses: [address] }),
    ...(reason === null ? {} : { reason: reason.slice(0, MAX_REASON) }),
  };
  return { id: 'bind-failure', facts };
}

function reasonOf(start: string): string | null {
  if (start.startsWith('Connection in use')) return 'address in use';
  return start.startsWith('Invalid address') ? 'no such address on this host' : null;
}

/** `('127.0.0.1', 8000)` or `('::1', 8000, 0, 0)` to `127.0.0.1:8000`, `/run/a.sock` to `unix:/run/a.sock`. */
function addressOf(shown: string): string | null {
  if (shown.startsWith('/') && !shown.includes(' ')) return `unix:${shown}`;
  return shown.startsWith('(') && shown.endsWith(')') ? readTuple(shown) : null;
}

function readTuple(text: string): string | null {
  const match = /\('([^']{1,255})', (\d{1,5})[,)]/.exec(text.slice(0, 400));
  if (match === null) return null;
  const [, ip = '', port = ''] = match;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
