/** Opens what a user names: a plain or compressed file, or standard input. */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import { type Compression, sniffCompression } from './compression.ts';
import { LineChunks, type ReadBytes } from './line-chunks.ts';

export type OpenInput = {
  readonly path: string;
  readonly chunks: LineChunks;
  /** Neither compressed nor a stream: it can be opened again. */
  readonly isPlainFile: boolean;
  /** Size on disk in bytes; `null` when it cannot be known. */
  readonly sizeBytes: number | null;
  /** When it was last written to; of a stream now. Epoch milliseconds. */
  readonly modifiedMs: number;
  /** Bytes read so far, of the file as it is on disk. */
  readBytes(): number;
  close(): void;
};

/** As much as is looked at to tell what a file is. */
const HEAD_SIZE = 64 * 1024;
/** As much as tells text from other bytes. */
const LOOKED_AT = 8 * 1024;
const FIRST_PRINTABLE = 32;
/** Tab to carriage return, and escape, stand in text. */
const [TAB, RETURN, ESCAPE] = [9, 13, 27];
const MOST_CONTROLS = 0.02;

/**
 * Opens one input; `-` is standard input. Throws `AppError` when it cannot be read or is no text: the message
 * says what is wrong with it and what to do.
 */
export async function openInput(path: string): Promise<OpenInput> {
  if (path === '-') return openStandardInput();
  const sizeBytes = checkedSize(path);
  const head = readHead(path);
  const compression = sniffCompression(head);
  if (compression !== null) {
    const file = createReadStream(path, { highWaterMark: 256 * 1024 });
    return fromStream(path, await decompress(file, compression, path), {
      sizeBytes,
      readBytes: () => file.bytesRead,
    });
  }
  refuseBinary(path, head);
  return fromFile(path, sizeBytes);
}

async function decompress(file: Readable, compression: Compression, path: string) {
  const { decompressed } = await import('./decompress.ts');
  return decompressed(file, compression, path);
}

/** What comes first tells what it is, as with a file. */
async function openStandardInput(): Promise<OpenInput> {
  const chunks: AsyncIterator<Buffer> = process.stdin[Symbol.asyncIterator]();
  const first = await chunks.next();
  const head = first.done ? Buffer.alloc(0) : first.value;
  const all = Readable.from(
    (async function* () {
      if (head.length > 0) yield head;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    })(),
  );
  const compression = sniffCompression(head);
  if (compression !== null) return fromStream('-', await decompress(all, compression, '-'), null);
  refuseBinary('-', head);
  return fromStream('-', all, null);
}

/**
 * Logs hold text; zero bytes may be where a crash or `copytruncate` left a hole. Other control characters in number
 * are some other file.
 */
function refuseBinary(path: string, head: Buffer): void {
  if (shareOfControls(head.subarray(0, LOOKED_AT)) <= MOST_CONTROLS) return;
  throw new AppError('BinaryFile', `${path}: this is a binary file, not a log`, {
    hint: 'give text logs, or logs compressed as .gz, .bz2 or .zst',
  });
}

/** Control characters that text does not have, of all bytes that are not zero. */
function shareOfControls(head: Buffer): number {
  let zeros = 0;
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) zeros++;
    else if (byte < FIRST_PRINTABLE && !(byte >= TAB && byte <= RETURN) && byte !== ESCAPE)
      controls++;
  }
  return controls === 0 ? 0 : controls / (head.length - zeros);
}

function checkedSize(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function readHead(path: string): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_SIZE);
      return head.subarray(0, readSync(file, head, 0, HEAD_SIZE, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  switch (code) {
    case 'ENOENT':
      return new AppError('NoSuchFile', `${path}: there is no such file`, {
        hint: 'check the path; `badgateway diagnose access.log error.log gunicorn.log` takes files and directories',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new AppError('NoPermission', `${path}: you may not read this file`, {
        hint: `run as a user who may: sudo badgateway …, or copy the log first`,
        cause,
      });
    default:
      return new AppError('CannotRead', `${path}: cannot be read (${code || String(cause)})`, {
        cause,
      });
  }
}

function fromFile(path: string, sizeBytes: number): OpenInput {
  const file = openSync(path, 'r');
  let position = 0;
  const read: ReadBytes = (into, offset) => {
    const count = readSync(file, into, offset, into.length - offset, null);
    position += count;
    return count;
  };
  return {
    path,
    chunks: new LineChunks(read),
    isPlainFile: true,
    modifiedMs: statSync(path).mtimeMs,
    sizeBytes,
    readBytes: () => position,
    close: () => closeSync(file),
  };
}

function fromStream(
  path: string,
  stream: Readable,
  progress: { sizeBytes: number; readBytes(): number } | null,
): OpenInput {
  const iterator = stream[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);
  let total = 0;
  const read: ReadBytes = async (into, offset) => {
    while (pending.length === 0) {
      const { value, done } = await iterator.next();
      if (done) return 0;
      pending = Buffer.from(value);
    }
    const count = pending.copy(into, offset);
    pending = pending.subarray(count);
    total += count;
    return count;
  };
  return {
    path,
    chunks: new LineChunks(read),
    isPlainFile: false,
    modifiedMs: path === '-' ? Date.now() : statSync(path).mtimeMs,
    sizeBytes: progress?.sizeBytes ?? null,
    readBytes: progress ? () => progress.readBytes() : () => total,
    close: () => stream.destroy(),
  };
}
