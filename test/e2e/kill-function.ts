/** Ends a deployed function in the middle of its work, as Lambda does with one that takes too long. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Kills the process at the other end of a connection, which must be a function of the emulator. */
export function killFunctionAt(socket: Socket): void {
  const pid = processAt(socket.remotePort ?? 0);
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
  if (!environment.includes('AWS_LAMBDA_FUNCTION_NAME='))
    throw new Error(`process ${pid} is no function`);
  process.kill(pid, 'SIGKILL');
}

/** The process of this machine that holds the socket of a loopback port. */
function processAt(port: number): number {
  const link = `socket:[${inodeOf(port)}]`;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (linksOf(pid).includes(link)) return Number(pid);
  }
  throw new Error(`nobody holds port ${port}`);
}

/** https://docs.kernel.org/networking/proc_net_tcp.html: `sl local_address rem_address … inode`. */
function inodeOf(port: number): string {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n');
  const row = rows.map((text) => text.trim().split(/\s+/)).find((fields) => fields[1] === local);
  if (row?.[9] === undefined) throw new Error(`no socket has port ${port}`);
  return row[9];
}

function linksOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readLink(`/proc/${pid}/fd/${fd}`));
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
