/** One file while it is open: what was written to it since, in whole lines. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LONGEST_LINE } from './follow-lines.ts';

/** Where reading goes on, and of which file: a path names another one after a rotation. */
export type FilePosition = {
  readonly dev: number;
  readonly ino: number;
  /** Grows with each file of the path, and each time it is emptied: no line of another one has the same place. */
  readonly generation: number;
  /** Bytes that are done with. */
  readonly offset: number;
  /** Bytes at the beginning that `head` is the hash of. */
  readonly headBytes: number;
  readonly head: string;
};

export type FollowedChunk = {
  /** Whole lines, each with its newline; the last line of a file that is gone may have none. */
  readonly bytes: Buffer;
  readonly generation: number;
  /** Of the first byte. */
  readonly offset: number;
};

/** Read at once at the most: as much as the longest line, and room for others. */
const CHUNK_BYTES = 2 * LONGEST_LINE;
/** Of the beginning, as much as tells one file from another. */
const HEAD_BYTES = 256;
const NEWLINE = 10;

export class OpenFile {
  readonly #file: number;
  readonly dev: number;
  readonly ino: number;
  #generation: number;
  #offset: number;
  #head = { bytes: 0, hash: '' };
  /** Size at which the beginning was looked at last. */
  #checkedSize = -1;
  /** In the middle of a line that is too long: the rest of it is passed over. */
  #isSkipping = false;

  private constructor(file: number, at: { generation: number; offset: number }) {
    this.#file = file;
    const { dev, ino } = fstatSync(file);
    this.dev = dev;
    this.ino = ino;
    this.#generation = at.generation;
    this.#offset = at.offset;
  }

  /** Throws what the system says when it cannot be opened. */
  static open(path: string, at: { generation: number; offset: number }): OpenFile {
    return new OpenFile(openSync(path, 'r'), at);
  }

  /** A file at the position that was noted of it; `null` when it is another one, or was emptied meanwhile. */
  static resume(path: string, position: FilePosition): OpenFile | null {
    const file = OpenFile.open(path, position);
    const isSame = file.dev === position.dev && file.ino === position.ino;
    const isThere = isSame && fstatSync(file.#file).size >= position.offset;
    if (isThere && file.#hashOf(position.headBytes) === position.head) {
      file.#head = { bytes: position.headBytes, hash: position.head };
      return file;
    }
    file.close();
    return null;
  }

  get position(): FilePosition {
    const { dev, ino } = this;
    const { bytes, hash } = this.#head;
    const [generation, offset] = [this.#generation, this.#offset];
    return { dev, ino, generation, offset, headBytes: bytes, head: hash };
  }

  /** Goes to the beginning of the last line that is not whole yet: to the end, when there is none. */
  skipToEnd(): void {
    const { size } = fstatSync(this.#file);
    const from = Math.max(0, size - LONGEST_LINE);
    const last = this.#read(from, size - from).lastIndexOf(NEWLINE);
    this.#offset = last < 0 ? (from === 0 ? 0 : size) : from + last + 1;
    this.#rememberHead();
  }

  /** The next lines, which come again until `done` is called; `null`: there are none yet. `isLast`: nothing more will be written. */
  next(isLast: boolean): FollowedChunk | null {
    for (;;) {
      const { size } = fstatSync(this.#file);
      if (this.#wasEmptied(size)) this.#startAgain();
      if (size <= this.#offset) return null;
      const bytes = this.#read(this.#offset, Math.min(size - this.#offset, CHUNK_BYTES));
      if (bytes.length === 0) return null;
      if (this.#isSkipping) {
        this.#skip(bytes);
        continue;
      }
      const end = endOfLines(bytes, isLast);
      if (end === 0) return null;
      return {
        bytes: bytes.subarray(0, end),
        generation: this.#generation,
        offset: this.#offset,
      };
    }
  }

  /** The chunk is taken in. */
  done(chunk: FollowedChunk): void {
    this.#offset = chunk.offset + chunk.bytes.length;
    this.#isSkipping =
      chunk.bytes.length >= LONGEST_LINE && chunk.bytes[chunk.bytes.length - 1] !== NEWLINE;
    if (this.#head.bytes < HEAD_BYTES) this.#rememberHead();
  }

  close(): void {
    closeSync(this.#file);
  }

  /** `copytruncate`: it is shorter than what was read, or begins with something else. */
  #wasEmptied(size: number): boolean {
    if (size < this.#offset) return true;
    if (size === this.#checkedSize) return false;
    this.#checkedSize = size;
    return this.#head.bytes > 0 && this.#hashOf(this.#head.bytes) !== this.#head.hash;
  }

  #startAgain(): void {
    this.#generation++;
    this.#offset = 0;
    this.#isSkipping = false;
    this.#head = { bytes: 0, hash: '' };
  }

  #rememberHead(): void {
    const bytes = Math.min(HEAD_BYTES, this.#offset);
    this.#head = { bytes, hash: this.#hashOf(bytes) };
  }

  /** Of the beginning itself nothing is kept: it is a part of a log. */
  #hashOf(bytes: number): string {
    return createHash('sha256').update(this.#read(0, bytes)).digest('base64').slice(0, 22);
  }

  #skip(bytes: Buffer): void {
    const newline = bytes.indexOf(NEWLINE);
    this.#offset += newline < 0 ? bytes.length : newline + 1;
    this.#isSkipping = newline < 0;
  }

  #read(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, from));
  }
}

/** The end of the last whole line; of the bytes, when they are one line that is too long, or will never be longer. */
function endOfLines(bytes: Buffer, isLast: boolean): number {
  const newline = bytes.lastIndexOf(NEWLINE);
  if (newline >= 0) return newline + 1;
  return isLast || bytes.length >= LONGEST_LINE ? bytes.length : 0;
}
