/** Bytes from anywhere, handed on in chunks that end with a whole line. */

/** Fills `into` from `offset` and returns the number of bytes, 0 at the end. */
export type ReadBytes = (into: Buffer, offset: number) => number | Promise<number>;

/** Large enough that calls cost nothing, small enough to stay in the second-level cache. */
const CHUNK_SIZE = 512 * 1024;
/** A longer line is cut here: nothing that NGINX or Gunicorn write comes near. */
const MAX_LINE = 8 * 1024 * 1024;
const NEWLINE = 10;

export class LineChunks {
  readonly #read: ReadBytes;
  #buffer: Buffer;
  /** Bytes at the start of the buffer that are left of the last chunk. */
  #handedOut = 0;
  #filled = 0;
  #isEnded = false;
  #peeked: Buffer | null | undefined;

  constructor(read: ReadBytes, chunkSize = CHUNK_SIZE) {
    this.#read = read;
    this.#buffer = Buffer.allocUnsafeSlow(chunkSize);
  }

  /**
   * The next whole lines, each with its newline but perhaps the last one of all; `null` at the end. The chunk is
   * valid until the next call.
   */
  async next(): Promise<Buffer | null> {
    if (this.#peeked !== undefined) {
      const chunk = this.#peeked;
      this.#peeked = undefined;
      return chunk;
    }
    return this.#nextChunk();
  }

  /** What `next` will return, without moving on: for a look at what kind of log it is. */
  async peek(): Promise<Buffer | null> {
    this.#peeked ??= await this.#nextChunk();
    return this.#peeked;
  }

  async #nextChunk(): Promise<Buffer | null> {
    this.#buffer.copy(this.#buffer, 0, this.#handedOut, this.#filled);
    this.#filled -= this.#handedOut;
    this.#handedOut = 0;
    let searched = 0;
    while (!this.#isEnded) {
      await this.#fill();
      const end = this.#lastLineEnd(searched);
      if (end > 0) return this.#handOut(end);
      if (this.#filled >= MAX_LINE) return this.#handOut(this.#filled);
      searched = this.#filled;
    }
    return this.#filled > 0 ? this.#handOut(this.#filled) : null;
  }

  async #fill(): Promise<void> {
    if (this.#filled === this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
      this.#buffer.copy(larger, 0, 0, this.#filled);
      this.#buffer = larger;
    }
    const result = this.#read(this.#buffer, this.#filled);
    const count = typeof result === 'number' ? result : await result;
    if (count === 0) this.#isEnded = true;
    this.#filled += count;
  }

  #lastLineEnd(from: number): number {
    const last = this.#buffer.subarray(from, this.#filled).lastIndexOf(NEWLINE);
    return last < 0 ? 0 : from + last + 1;
  }

  #handOut(end: number): Buffer {
    this.#handedOut = end;
    return this.#buffer.subarray(0, end);
  }
}
