/** Reads what was written to the watched logs since the last round, into the table. */
import type { LogFormat } from '../../core/parse/log-format.ts';
import type { Redaction } from '../../core/redact.ts';
import type { Table } from '../../core/table.ts';
import type { NamedInput } from './collect-inputs.ts';
import type { FollowFrom } from './follow-file.ts';
import { checkInputs, listPaths, type WatchedPath } from './watch-inputs.ts';
import { StreamNotes, takeLines } from './watch-intake.ts';
import { printablePath, type ReadLines, WatchedLog } from './watch-log.ts';
import { type Place, readPlace, writePlace } from './watch-positions.ts';
import { RequestCounter } from './watch-requests.ts';
import { WatchZone } from './watch-zone.ts';
import { addZoneSample } from './watch-zone-samples.ts';

export type ReaderOptions = {
  readonly inputs: readonly NamedInput[];
  /** The host of all files; `null`: of a directory's files its name. */
  readonly host: string | null;
  /** IANA name or offset for logs without a zone; `null`: found out. */
  readonly timeZone: string | null;
  /** Of access logs; `null`: recognised. */
  readonly format: LogFormat | null;
  /** Lines that are there already are read, too. */
  readonly isFromStart: boolean;
  /** As before, from this time on, epoch milliseconds. */
  readonly sinceMs: number | null;
  readonly service: string;
  readonly redaction: Redaction;
  readonly table: Table;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** What a person should know; said once. */
  readonly onNotice: (text: string) => void;
};

export type RoundResult = {
  /** There is something to evaluate. */
  readonly hasNews: boolean;
  /** There is more to be read at once. */
  readonly isMore: boolean;
};

/** Of a log in one round: others are not to wait for one that is long. */
const CHUNKS_PER_ROUND = 16;
/** How often directories are looked at for new files. */
const RESCAN_MS = 5_000;

export class WatchReader {
  readonly requests: RequestCounter;
  lines = 0;
  unparsed = 0;
  /** Logs that an earlier run had read already, which go on where it ended. */
  resumed = 0;
  readonly #options: ReaderOptions;
  readonly #logs = new Map<string, WatchedLog>();
  readonly #left = new Set<string>();
  readonly #zones = new Map<string, WatchZone>();
  readonly #sampled = new Set<string>();
  readonly #placed = new Set<string>();
  readonly #notes = new StreamNotes();
  readonly #said = new Set<string>();
  #scannedAt = Number.NEGATIVE_INFINITY;
  #rounds = 0;

  private constructor(options: ReaderOptions) {
    this.#options = options;
    this.requests = new RequestCounter(options.clock());
  }

  /** Throws `AppError` for what cannot be followed, a zone that nobody knows, and what the table says. */
  static async open(options: ReaderOptions): Promise<WatchReader> {
    await checkInputs(options.inputs);
    const reader = new WatchReader(options);
    const isOld = options.isFromStart || options.sinceMs !== null;
    await reader.#rescan(isOld ? { kind: 'start' } : { kind: 'end' });
    reader.#settleZones();
    return reader;
  }

  /** Those that are followed, in the order of their paths. */
  logs(): readonly WatchedLog[] {
    return [...this.#logs.values()];
  }

  /** Reads what is new, of each log some. Throws what the table says: the same lines come again then. */
  async round(): Promise<RoundResult> {
    this.#rounds++;
    const nowMs = this.#options.clock();
    if (nowMs - this.#scannedAt >= RESCAN_MS) await this.#rescan({ kind: 'start' });
    let hasNews = false;
    let isMore = false;
    for (const log of this.logs()) {
      this.#look(log, nowMs);
      // Also of a log that nothing comes of, or that is not there: the next run reads all that came in between.
      if (!this.#placed.has(log.path)) await this.#keepPlace(log, nowMs);
    }
    this.#settleZones();
    for (const log of this.logs()) {
      const read = await this.#read(log);
      hasNews ||= read.hasNews;
      isMore ||= read.isMore;
    }
    return { hasNews, isMore };
  }

  close(): void {
    for (const log of this.logs()) log.file.close();
  }

  async #rescan(from: FollowFrom): Promise<void> {
    const { inputs, host, clock } = this.#options;
    this.#scannedAt = clock();
    const inodes = new Set(this.logs().map(({ file }) => file.position?.ino));
    for (const found of listPaths(inputs, host)) {
      if (this.#logs.has(found.path) || this.#left.has(found.path)) continue;
      const log = await this.#open(found, from);
      // A log that was renamed in its directory is no new one.
      const problem = found.isNamed && this.#rounds === 0 ? log.problem() : null;
      if (problem) throw problem;
      const isRenamed = !found.isNamed && inodes.has(log.file.position?.ino ?? Number.NaN);
      if (isRenamed) this.#leave(log);
      else this.#logs.set(found.path, log);
    }
  }

  async #open(found: WatchedPath, otherwise: FollowFrom): Promise<WatchedLog> {
    const { table, service, timeZone, format, sinceMs } = this.#options;
    const place = await readPlace(table, service, found.path);
    const zone = this.#zones.get(found.host) ?? new WatchZone(timeZone);
    this.#zones.set(found.host, zone);
    zone.resume(place?.offsetMs ?? null);
    if (place !== null) this.resumed++;
    const from = place === null ? otherwise : fromPlace(place);
    return new WatchedLog({ ...found, format, zone, from, sinceMs });
  }

  #leave(log: WatchedLog): void {
    log.file.close();
    this.#logs.delete(log.path);
    this.#left.add(log.path);
  }

  /** With the lines of logs that it was not known of before what they are. */
  #settleZones(): void {
    const fresh = this.logs().filter((log) => log.role !== null && !this.#sampled.has(log.path));
    if (fresh.length === 0) return;
    for (const { path, host, role, format, head, tail } of fresh.map(sampleOf)) {
      this.#sampled.add(path);
      const finder = this.#zones.get(host)?.finder;
      if (finder) addZoneSample(finder, { role, format, lines: [...head, ...tail] });
    }
    for (const zone of this.#zones.values()) zone.settle();
  }

  #look(log: WatchedLog, nowMs: number): void {
    try {
      log.file.look(nowMs);
      this.#said.delete(log.path);
    } catch (error) {
      const code = Object(error).code ?? String(error);
      this.#sayOnce(
        log.path,
        `${printablePath(log.path)}: cannot be read now (${code}); tried again`,
      );
    }
    const problem = log.isNoLog() || log.role === 'access' ? log.problem() : null;
    if (problem) this.#sayOnce(`${log.path}?`, `${problem.message}; ${problem.hint}`);
    if (log.role === null && problem) this.#leave(log);
  }

  #sayOnce(key: string, text: string): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.#options.onNotice(text);
  }

  async #read(log: WatchedLog): Promise<RoundResult> {
    let hasNews = false;
    for (let count = 0; count < CHUNKS_PER_ROUND; count++) {
      const nowMs = this.#options.clock();
      const read = log.next(nowMs);
      if (log.role !== null && log.file.isThere && log.isOfUse()) {
        await this.#notes.note({ ...log, role: log.role }, this.#intake(nowMs));
      }
      if (read === null) return { hasNews, isMore: false };
      const isNews = await this.#take(log, read, nowMs);
      hasNews ||= isNews;
    }
    return { hasNews, isMore: true };
  }

  async #take(log: WatchedLog, read: ReadLines, nowMs: number): Promise<boolean> {
    const taken = await takeLines(read.batch, this.#intake(nowMs));
    log.done(read);
    this.requests.add(read.batch);
    this.lines += taken.lines;
    this.unparsed += taken.unparsed;
    // After the rows: lines that come again are known by their places.
    await this.#keepPlace(log, nowMs);
    return taken.hasNews;
  }

  async #keepPlace(log: WatchedLog, nowMs: number): Promise<void> {
    const { table, service } = this.#options;
    const { position, path } = log.file;
    const offsetMs = this.#zones.get(log.host)?.offsetMs ?? null;
    await writePlace(table, { service, path, position, offsetMs }, nowMs);
    this.#placed.add(path);
  }

  #intake(nowMs: number) {
    const { table, service, redaction } = this.#options;
    return { table, service, redaction, nowMs, stamp: `${nowMs}.${this.#rounds}.${this.lines}` };
  }
}

function fromPlace({ position }: Place): FollowFrom {
  return position === null ? { kind: 'start' } : { kind: 'position', position };
}

function sampleOf(log: WatchedLog) {
  const { path, host, role, format } = log;
  return { path, host, role, format, head: log.head(), tail: log.tail() };
}
