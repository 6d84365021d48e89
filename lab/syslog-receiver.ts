import { createSocket } from 'node:dgram';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { syslogTime } from './kernel-log.ts';
import { freePort } from './ports.ts';
import type { Stage } from './stage.ts';

/**
 * Receives datagrams on loopback and writes each as one line of a log, with its `<priority>` as it came
 * over the wire, or without it as rsyslog writes it to a file. Gives the address.
 */
export async function startSyslog(
  stage: Stage,
  file: string,
  keepsPriority: boolean,
): Promise<string> {
  const port = await freePort();
  const socket = createSocket('udp4');
  socket.on('message', (datagram) => {
    const line = trimmed(datagram);
    const written = keepsPriority ? line : stamped(line.slice(line.indexOf('>') + 1));
    appendFileSync(join(stage.logs, file), `${written}\n`, 'latin1');
  });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  stage.onEnd(() => void socket.close());
  return `127.0.0.1:${port}`;
}

// Python's handler ends its datagrams with NUL. Multi-line messages keep one line each, as rsyslog does.
const trimmed = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/\0$/, '').replaceAll('\n', '#012');

// Python sends neither time nor host; rsyslog writes down when it came and from where.
function stamped(text: string): string {
  return /^\w{3} [ \d]\d \d\d:/.test(text) ? text : `${syslogTime(Date.now())} web-1 ${text}`;
}
