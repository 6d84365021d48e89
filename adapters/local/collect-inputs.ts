/** From the paths a user gives to open logs with their roles, hosts and formats. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { LogRole } from '../../core/model.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import type { LogFormat } from '../../core/parse/log-format.ts';
import { parseAccessLine } from '../../core/parse/nginx-access.ts';
import { recogniseRole } from '../../core/recognise-role.ts';
import { type OpenInput, openInput } from './open-input.ts';
import { firstLines } from './streams/log-stream.ts';

export type NamedInput = { readonly path: string; readonly role: LogRole | null };

export type CollectedLog = {
  readonly input: OpenInput;
  readonly role: LogRole;
  readonly host: string;
  /** The first lines, as they are. */
  readonly head: readonly string[];
};

export type Collected = {
  readonly logs: readonly CollectedLog[];
  /** What could not be used, and why; the rest is still read. */
  readonly problems: readonly AppError[];
  /** Files of the given directories that are no logs. */
  readonly skipped: readonly string[];
};

/** Lines looked at to tell what a log is. */
const HEAD_LINES = 60;

/** The host of files that are not in a directory of their own, when the user does not name it. */
const DEFAULT_HOST = 'localhost';

/** Opens what can be opened. A directory is one host's logs, the host named after it. */
export async function collectInputs(
  inputs: readonly NamedInput[],
  { host, format }: CollectOptions,
): Promise<Collected> {
  const problems: AppError[] = [];
  const logs: CollectedLog[] = [];
  const skipped: string[] = [];
  const files = eachOnce(inputs.flatMap((input) => expand(input, host, problems)));
  for (const file of files) {
    const log = await collectOrError(file, format);
    if (!(log instanceof AppError)) logs.push(log);
    else if (file.isListed || !NOT_LOGS.has(log.code)) problems.push(log);
    else skipped.push(file.path);
  }
  if (inputs.filter((input) => input.path === '-').length > 1) throw standardInputTwice();
  if (logs.length === 0 && problems.length === 0) problems.push(noLogs(inputs));
  return { logs, problems, skipped };
}

function standardInputTwice(): AppError {
  return new AppError(
    'StandardInputTwice',
    'standard input (-) is given twice: it can be read once',
    {
      hint: 'put the other log into a file, or use <(command) in its place',
    },
  );
}

/** What a directory may hold beside logs. */
const NOT_LOGS: ReadonlySet<string> = new Set(['UnknownLog', 'BinaryFile', 'EmptyFile']);

function noLogs(inputs: readonly NamedInput[]): AppError {
  const paths = inputs.map((input) => input.path).join(', ');
  return new AppError('NoLogs', `${paths}: no NGINX, Gunicorn or system log in it`, {
    hint: 'give the directory that holds one host’s access.log, error.log and gunicorn.log, or the files',
  });
}

export type CollectOptions = {
  readonly host: string | null;
  /** The access log's format, when the user gave one: lines that fit it are an access log's. */
  readonly format: LogFormat | null;
};

type NamedFile = NamedInput & { readonly host: string; readonly isListed: boolean };

function expand(input: NamedInput, host: string | null, problems: AppError[]): NamedFile[] {
  if (input.path === '-' || !isDirectory(input.path)) {
    return [{ ...input, host: host ?? DEFAULT_HOST, isListed: true }];
  }
  const files = filesIn(input.path, problems);
  if (files.length === 0) {
    problems.push(
      new AppError('NoLogs', `${input.path}: this directory holds no files`, {
        hint: 'give the directory that holds one host’s access.log, error.log and gunicorn.log',
      }),
    );
  }
  const name = host ?? basename(join(input.path, '.').replace(/[/\\]+$/, ''));
  return files.map((path) => ({ path, role: input.role, host: name, isListed: false }));
}

/** A file that is given twice (itself, and in its directory) is read once, as what it was said to be. */
function eachOnce(files: readonly NamedFile[]): NamedFile[] {
  const byPath = new Map<string, NamedFile>();
  for (const file of files) {
    const path = realPath(file.path);
    const known = byPath.get(path);
    byPath.set(path, known ? { ...known, role: known.role ?? file.role } : file);
  }
  return [...byPath.values()];
}

function realPath(path: string): string {
  try {
    return path === '-' ? path : realpathSync(path);
  } catch {
    return path;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function filesIn(directory: string, problems: AppError[]): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(directory, entry.name))
      .sort();
  } catch (cause) {
    problems.push(
      new AppError('CannotRead', `${directory}: the directory cannot be read`, { cause }),
    );
    return [];
  }
}

async function collectOrError(
  file: NamedFile,
  format: LogFormat | null,
): Promise<CollectedLog | AppError> {
  try {
    return await collectOne(file, format);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

async function collectOne(file: NamedFile, format: LogFormat | null): Promise<CollectedLog> {
  const input = await openInput(file.path);
  const chunk = await input.chunks.peek();
  const head = chunk === null ? [] : firstLines(chunk, HEAD_LINES);
  const role = file.role ?? roleOf(file, head, format);
  return { input, role, host: file.host, head };
}

function roleOf(file: NamedFile, head: readonly string[], format: LogFormat | null): LogRole {
  const fileName = basename(file.path);
  const texts = head.map((line) => unwrap(line).text);
  const role = recogniseRole(head, fileName) ?? roleOfName(fileName, texts.length === 0);
  if (role !== null) return role;
  if (format !== null && texts.some((text) => parseAccessLine(format, text))) return 'access';
  throw new AppError(
    texts.length === 0 ? 'EmptyFile' : 'UnknownLog',
    texts.length === 0
      ? `${file.path}: this file is empty`
      : `${file.path}: not recognised as an NGINX, Gunicorn or system log`,
    {
      hint:
        texts.length === 0
          ? 'there is nothing to read; logrotate may have moved its lines to a file that ends in .1'
          : 'say what it is: --access, --error, --gunicorn, --system or --app FILE',
    },
  );
}

/** An empty log can only be told by its name; that an error log is empty is worth knowing. */
function roleOfName(fileName: string, isEmpty: boolean): LogRole | null {
  if (!isEmpty) return null;
  if (/gunicorn/i.test(fileName)) return 'gunicorn';
  if (/access/i.test(fileName)) return 'access';
  if (/error/i.test(fileName)) return 'error';
  if (/syslog|messages|journal|kern|system/i.test(fileName)) return 'system';
  return null;
}
