/** Compressed logs, told by their first bytes: `logrotate` names them as it likes. */
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import bz2 from 'unbzip2-stream';
import { AppError } from '../../core/errors.ts';

export type Compression = 'gzip' | 'bzip2' | 'zstd';

/** The compression a file starts with, or `null` (RFC 1952; bzip2's `BZh`; RFC 8878). */
export function sniffCompression(head: Buffer): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.subarray(0, 3).toString('latin1') === 'BZh') return 'bzip2';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return null;
}

/**
 * The decompressed bytes. Damaged or cut-off input ends with an `AppError` after everything before the damage
 * has been handed on.
 */
export function decompressed(file: Readable, compression: Compression, path: string): Readable {
  return Readable.from(readAll(file.pipe(decoderOf(compression)), file, path));
}

async function* readAll(decoder: AsyncIterable<Uint8Array>, file: Readable, path: string) {
  const failed = new Promise<never>((_, reject) => file.once('error', reject));
  failed.catch(() => undefined);
  try {
    for await (const chunk of decoder) yield Buffer.from(chunk);
  } catch (cause) {
    throw new AppError('DamagedFile', `${path}: the compressed data is damaged or cut off`, {
      hint: 'what could be read before the damage is in the result',
      cause,
    });
  }
}

function decoderOf(compression: Compression): NodeJS.ReadWriteStream & AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'gzip':
      return createGunzip();
    case 'bzip2':
      return bz2() as unknown as Transform;
    case 'zstd':
      return new ZstdDecoder();
  }
}

class ZstdDecoder extends Transform {
  readonly #decoder = new Decompress((chunk) => {
    this.push(chunk);
  });

  override _transform(chunk: Buffer, _encoding: string, callback: TransformCallback): void {
    try {
      this.#decoder.push(chunk);
      callback();
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(callback: TransformCallback): void {
    try {
      this.#decoder.push(new Uint8Array(0), true);
      callback();
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
