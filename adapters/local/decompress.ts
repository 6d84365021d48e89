/** Reads compressed logs. Loaded when there is one: the decoders would delay every run. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import bz2 from 'unbzip2-stream';
import { AppError } from '../../core/errors.ts';
import type { Compression } from './compression.ts';

/**
 * The decompressed bytes. Damaged or cut-off input ends with an `AppError` after everything before the damage
 * has been handed on.
 */
export function decompressed(file: Readable, compression: Compression, path: string): Readable {
  return Readable.from(readAll(file, compression, path));
}

async function* readAll(file: Readable, compression: Compression, path: string) {
  try {
    if (compression === 'gzip') yield* gunzip(file);
    else yield* decode(file, compression === 'bzip2' ? bzip2Decoder() : zstdDecoder());
  } catch (cause) {
    throw new AppError('DamagedFile', `${path}: the compressed data is damaged or cut off`, {
      hint: 'what could be read before the damage is in the result',
      cause,
    });
  }
}

async function* gunzip(file: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  file.once('error', (error) => gunzip.destroy(error));
  yield* file.pipe(gunzip) as AsyncIterable<Buffer>;
}

/** Takes compressed bytes and gives what they decompress to so far; `null` is the end. Throws on damage. */
type Decode = (chunk: Buffer | null) => Uint8Array[];

async function* decode(file: Readable, next: Decode): AsyncGenerator<Buffer> {
  for await (const chunk of file) {
    for (const part of next(chunk)) yield Buffer.from(part);
  }
  for (const part of next(null)) yield Buffer.from(part);
}

/** The library throws from `write` and `end`, which a pipe would not let anybody catch. */
function bzip2Decoder(): Decode {
  const decoder = bz2();
  let parts: Uint8Array[] = [];
  decoder.on('data', (part: Uint8Array) => parts.push(part));
  let failure: Error | null = null;
  decoder.on('error', (error: Error) => {
    failure = error;
  });
  return (chunk) => {
    parts = [];
    if (chunk === null) decoder.end();
    else decoder.write(chunk);
    if (failure !== null) throw failure;
    return parts;
  };
}

function zstdDecoder(): Decode {
  let parts: Uint8Array[] = [];
  const decoder = new Decompress((part) => parts.push(part));
  return (chunk) => {
    parts = [];
    decoder.push(chunk ?? new Uint8Array(0), chunk === null);
    return parts;
  };
}
