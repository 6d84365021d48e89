/** Reads all logs of all hosts side by side, always the one that is furthest behind in time. */
import { AppError } from '../../core/errors.ts';
import type { Host } from './host.ts';
import { ErrorStream } from './streams/error-stream.ts';
import type { LogStream } from './streams/log-stream.ts';

export type RunOptions = {
  readonly onProgress: (progress: {
    readBytes: number;
    totalBytes: number | null;
    path: string;
  }) => void;
};

/** Bytes of access log read at most before an error log's zone is decided without proof. */
const MAX_READS_FOR_ZONE = 400;

/** Reads everything. Returns what went wrong on the way; the rest is read all the same. */
export async function runHosts(hosts: readonly Host[], options: RunOptions): Promise<AppError[]> {
  const problems: AppError[] = [];
  for (const host of hosts) await sampleZone(host, problems);
  for (;;) {
    const next = furthestBehind(hosts);
    if (next === null) break;
    await readGuarded(next.stream, problems);
    options.onProgress(progressOf(hosts, next.stream));
    decideZone(next.host);
    advance(hosts);
  }
  for (const host of hosts) host.window.finish();
  return problems;
}

async function sampleZone(host: Host, problems: AppError[]): Promise<void> {
  for (const stream of host.errorStreams()) {
    try {
      for (const error of await stream.peek()) host.zones.addError(error);
    } catch (error) {
      problems.push(problemOf(error));
      stream.isDone = true;
    }
  }
  decideZone(host);
}

/** An error log is held back until its zone is found, or nothing is left to find it with. */
function decideZone(host: Host): void {
  if (host.zone !== null) return;
  const access = host.streams.filter((stream) => stream.role === 'access');
  const isOver = access.every((stream) => stream.isDone) || host.reads > MAX_READS_FOR_ZONE;
  if (!isOver && !host.zones.isSettled()) return;
  const zone = host.zones.zone();
  host.release(zone, () => zone.offsetMs);
}

type Candidate = { readonly host: Host; readonly stream: LogStream };

function furthestBehind(hosts: readonly Host[]): Candidate | null {
  let found: Candidate | null = null;
  for (const host of hosts) {
    for (const stream of host.streams) {
      if (stream.isDone || isHeld(host, stream)) continue;
      if (found === null || stream.watermark < found.stream.watermark) found = { host, stream };
    }
  }
  if (found) found.host.reads++;
  return found;
}

function isHeld(host: Host, stream: LogStream): boolean {
  return host.zone === null && stream instanceof ErrorStream;
}

async function readGuarded(stream: LogStream, problems: AppError[]): Promise<void> {
  try {
    await stream.read();
  } catch (error) {
    problems.push(problemOf(error));
    stream.isDone = true;
  }
}

function problemOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function advance(hosts: readonly Host[]): void {
  for (const host of hosts) {
    const sources = [host, ...host.backends];
    const watermark = Math.min(
      ...sources.flatMap((source) => source.streams.map((stream) => watermarkOf(source, stream))),
    );
    if (watermark < Number.POSITIVE_INFINITY) host.window.advance(watermark);
  }
}

function watermarkOf(host: Host, stream: LogStream): number {
  if (isHeld(host, stream)) return Number.NEGATIVE_INFINITY;
  return stream.isDone ? Number.POSITIVE_INFINITY : stream.watermark;
}

function progressOf(hosts: readonly Host[], stream: LogStream) {
  const all = hosts.map((host) => host.progress());
  const isKnown = all.every(({ totalBytes }) => totalBytes !== null);
  return {
    readBytes: all.reduce((sum, { readBytes }) => sum + readBytes, 0),
    totalBytes: isKnown ? all.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0) : null,
    path: stream.path,
  };
}
