import { createSocket } from 'node:dgram';
import { freePort } from './ports.ts';
import type { Stage } from './stage.ts';

/** DNS response codes (RFC 1035, 4.1.1); "silent" never answers. */
export const RCODES = { servfail: 2, nxdomain: 3, refused: 5, silent: -1 } as const;

/** A resolver on loopback that answers every question in the same, unhelpful way; gives its address. */
export async function startDns(stage: Stage, answer: keyof typeof RCODES): Promise<string> {
  const port = await freePort();
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    if (answer !== 'silent')
      socket.send(refusal(question, RCODES[answer]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  stage.onEnd(() => void socket.close());
  return `127.0.0.1:${port}`;
}

function refusal(question: Buffer, rcode: number): Buffer {
  const reply = Buffer.from(question);
  // QR and RD set, RA and the code in the second byte; no answer records.
  reply.writeUInt16BE(0x8180 | rcode, 2);
  return reply;
}
