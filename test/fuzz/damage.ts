/** Files as they should not be: compressed and cut short, corrupted, half binary. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Random } from './random.ts';

/**
 * `bzip2` of three error lines, since Node has no compressor for it: `printf '%s\n%s\n%s\n' … | bzip2 -9 | base64`.
 */
export const BZIP2_SAMPLE = Buffer.from(
  [
    'QlpoOTFBWSZTWVWhn0oAAITfgAAQWHX78ArARAov5//AMAFY0AwBpoaNGIyAaADQwz/VNSep6mAjTAAIZBo0wb1STU',
    'GgCaRtJmiNpDQ9R5Szgk9FPo2LPNS27fa1tjDDD1bGR+FRmez8sGRlZscabUnF0WcG5Z8O5oZ8dF2hxXZFWVSv1G90',
    'nNyebCZ1TZjVVXmkqPRgxmlV1me3KzGmlDgo6iCHIQuFnBjEbvFFw2LGCJxRbw8OqerBncXgp3qYOj5LNamhzeCz7O',
    'anuwYvhyjtF0lheOiSo+6SzkwdFOr9veMjq8o0tLS7MsXdzW6v88Y3PGKdV5HRqSXWSa2Zgyx1Yx3vaLM8ZnrHCNEX',
    'SXjdGdeRUZGDcpdlbY1N8bVoytC8anZePFrWaY/4u5IpwoSCrQz6UA==',
  ].join(''),
  'base64',
);

/** The bytes in one of the ways a log can lie on a disk, whole or damaged. */
export function damage(bytes: Buffer, random: Random): Buffer {
  const packed = pack(bytes, random);
  switch (random.below(4)) {
    case 0:
      return packed;
    case 1:
      return packed.subarray(0, random.below(packed.length + 1));
    case 2:
      return flip(packed, random);
    default:
      return Buffer.concat([packed, Buffer.from(random.bytes(random.below(200)), 'latin1')]);
  }
}

function pack(bytes: Buffer, random: Random): Buffer {
  switch (random.below(6)) {
    case 0:
      return gzipSync(bytes, { level: 1 });
    case 1:
      return Buffer.concat([gzipSync(bytes, { level: 1 }), gzipSync(bytes, { level: 1 })]);
    case 2:
      return zstdCompressSync(bytes);
    case 3:
      return BZIP2_SAMPLE;
    default:
      return bytes;
  }
}

function flip(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + random.below(5); left > 0 && copy.length > 0; left--) {
    copy[random.below(copy.length)] = random.below(256);
  }
  return copy;
}
