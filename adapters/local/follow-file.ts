/** Follows a path as logs are written to it: while it grows, is rotated, emptied, not there yet, or gone for a while. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FilePosition, type FollowedChunk, OpenFile } from './follow-open-file.ts';

export type FollowFrom =
  | { readonly kind: 'start' }
  /** Only what is written from now on; of a file that comes later, all. */
  | { readonly kind: 'end' }
  /** Where an earlier run stopped. */
  | { readonly kind: 'position'; readonly position: FilePosition };

/** NGINX goes on writing to a file that was renamed until it is told to reopen its logs, and long requests even then. */
const GRACE_MS = 60_000;
/** Files of one path that are open at once: more rotations in a minute are no rotation. */
const MOST_OPEN = 4;

export class FollowedFile {
  readonly path: string;
  /** Oldest first; the last one is the one that the path names, unless it is gone. */
  readonly #files: Followed[] = [];
  #generation = 0;
  /** Of the file that was closed last: it may come back. */
  #closedAt: FilePosition | null = null;
  #served: OpenFile | null = null;
  #isAtEnd: boolean;

  constructor(path: string, from: FollowFrom) {
    this.path = path;
    this.#isAtEnd = from.kind === 'end';
    if (from.kind === 'position') this.#resume(from.position);
    this.look(0);
    this.#isAtEnd = false;
  }

  /** Whether there is a file. */
  get isThere(): boolean {
    return this.#files.some(({ leftAt }) => leftAt === null);
  }

  /** Of the file that the path names; `null` before there was one. */
  get position(): FilePosition | null {
    return this.#files.at(-1)?.file.position ?? this.#closedAt;
  }

  /**
   * Looks which file the path names now. To be called before each round of `next`. Throws what the system says when
   * there is a file that cannot be opened.
   */
  look(nowMs: number): void {
    this.#closeLeft(nowMs);
    const found = statSync(this.path, { throwIfNoEntry: false });
    const current = this.#files.at(-1);
    const isSame = current?.file.ino === found?.ino && current?.file.dev === found?.dev;
    if (current && isSame) {
      current.leftAt = null;
      return;
    }
    if (current && current.leftAt === null) current.leftAt = nowMs;
    if (!found?.isFile()) return;
    const back = this.#closedAt?.ino === found.ino ? this.#closedAt : null;
    const resumed = back && OpenFile.resume(this.path, back);
    if (resumed) this.#add(resumed);
    else this.#open();
  }

  /** The next lines, of the older file first, which come again until `done` is called; `null`: there are none now. */
  next(): FollowedChunk | null {
    for (const followed of this.#files) {
      const { file, leftAt } = followed;
      const chunk = file.next(leftAt === CLOSING);
      this.#served = file;
      if (chunk !== null) return chunk;
      followed.isDrained = leftAt === CLOSING;
    }
    return null;
  }

  /** What `next` gave is taken in. */
  done(chunk: FollowedChunk): void {
    this.#served?.done(chunk);
  }

  close(): void {
    for (const { file } of this.#files.splice(0)) file.close();
  }

  /** A file that was left is closed a while later: in the round before, its last line may come without its end. */
  #closeLeft(nowMs: number): void {
    if (this.#files[0]?.isDrained) {
      const drained = this.#files.shift()?.file;
      this.#closedAt = drained?.position ?? null;
      this.#generation = this.#newest();
      drained?.close();
    }
    const [oldest] = this.#files;
    if (!oldest || oldest.leftAt === null) return;
    const isOver = nowMs - oldest.leftAt >= GRACE_MS || this.#files.length >= MOST_OPEN;
    if (isOver) oldest.leftAt = CLOSING;
  }

  #open(): void {
    const file = OpenFile.open(this.path, { generation: this.#newest() + 1, offset: 0 });
    if (this.#isAtEnd) file.skipToEnd();
    this.#add(file);
  }

  #add(file: OpenFile): void {
    this.#files.push({ file, leftAt: null, isDrained: false });
    this.#generation = this.#newest();
  }

  #newest(): number {
    const own = this.#files.map(({ file }) => file.position.generation);
    return Math.max(this.#generation, this.#closedAt?.generation ?? 0, ...own);
  }

  /** The file of an earlier run, which may have been renamed meanwhile. */
  #resume(position: FilePosition): void {
    this.#generation = position.generation;
    for (const path of [this.path, ...siblingsWithInode(this.path, position.ino)]) {
      const file = resumeOrNull(path, position);
      if (file === null) continue;
      this.#add(file);
      return;
    }
  }
}

type Followed = {
  readonly file: OpenFile;
  /** Since when the path names another file, or none; `CLOSING`: for long enough. */
  leftAt: number | null;
  isDrained: boolean;
};

/** Its last line is taken as it is, then it is closed. */
const CLOSING = Number.NEGATIVE_INFINITY;

function resumeOrNull(path: string, position: FilePosition): OpenFile | null {
  try {
    return OpenFile.resume(path, position);
  } catch {
    // It is gone, or may no longer be read: what is at the path now is read from its beginning.
    return null;
  }
}

/** `access.log.1` beside `access.log`. */
function siblingsWithInode(path: string, ino: number): string[] {
  try {
    return readdirSync(dirname(path))
      .filter((name) => name.startsWith(basename(path)) && name !== basename(path))
      .map((name) => join(dirname(path), name))
      .filter((sibling) => statSync(sibling, { throwIfNoEntry: false })?.ino === ino);
  } catch {
    return [];
  }
}
