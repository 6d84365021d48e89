/** Which logs `watch` follows: files that are named, also before they are there, and those of directories. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { LogRole } from '../../core/model.ts';
import type { NamedInput } from './collect-inputs.ts';
import { openInput } from './open-input.ts';

/** A path to follow. */
export type WatchedPath = {
  /** Absolute. */
  readonly path: string;
  readonly host: string;
  /** `null`: told by its lines. */
  readonly role: LogRole | null;
  /** It was named itself; others of a directory need not be logs. */
  readonly isNamed: boolean;
};

/** The host of files that are not in a directory of their own, when the user does not name it. */
const DEFAULT_HOST = 'localhost';

/** What logrotate, gzip and people name what is not written to any more; and what editors leave. */
const NOT_FOLLOWED = /(?:[.-]\d{1,10}|[.-]\d{4}-\d\d-\d\d|\.(?:gz|bz2|zst|xz|zip|old|bak|swp)|~)$/i;

/** Throws `AppError` for what can never be followed. A file that is not there yet may come. */
export async function checkInputs(inputs: readonly NamedInput[]): Promise<void> {
  for (const { path } of inputs) {
    if (path === '-') throw notFollowed('-', 'standard input is no file', DIAGNOSE_IT);
    const found = statOf(path);
    if (found === null) checkParent(path);
    else if (!found.isDirectory()) await checkFile(path);
  }
}

const DIAGNOSE_IT = 'name the log files; what another program writes can be put into a file';

async function checkFile(path: string): Promise<void> {
  if (!statOf(path)?.isFile()) throw notFollowed(path, 'this is no regular file', DIAGNOSE_IT);
  const input = await openInput(path);
  input.close();
  if (!input.isPlainFile) {
    const hint = 'name the log itself; badgateway diagnose reads compressed ones';
    throw notFollowed(path, 'this file is compressed, and will not grow', hint);
  }
}

function checkParent(path: string): void {
  const parent = dirname(resolve(path));
  if (statOf(parent)?.isDirectory()) return;
  throw notFollowed(path, 'there is no such file, nor the directory that it would be in', null);
}

function notFollowed(path: string, why: string, hint: string | null): AppError {
  return new AppError('NotFollowed', `${path}: ${why}`, hint === null ? {} : { hint });
}

/** The paths to follow now. A directory is one host's logs, the host named after it, and may get further ones. */
export function listPaths(inputs: readonly NamedInput[], host: string | null): WatchedPath[] {
  const byPath = new Map<string, WatchedPath>();
  for (const input of inputs) {
    for (const found of expand(input, host)) {
      const known = byPath.get(found.path);
      const role = known?.role ?? found.role;
      byPath.set(found.path, { ...(known ?? found), role });
    }
  }
  return [...byPath.values()];
}

function expand({ path, role }: NamedInput, host: string | null): WatchedPath[] {
  const absolute = realPath(resolve(path));
  if (!statOf(absolute)?.isDirectory()) {
    return [{ path: absolute, host: host ?? DEFAULT_HOST, role, isNamed: true }];
  }
  return filesIn(absolute).map((file) => ({
    path: file,
    host: host ?? basename(absolute),
    role,
    isNamed: false,
  }));
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(directory, entry.name))
      .filter((path) => !NOT_FOLLOWED.test(path) && statOf(path)?.isFile())
      .map(realPath)
      .sort();
  } catch {
    // It went away, or may not be read any more: what is followed already goes on.
    return [];
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
