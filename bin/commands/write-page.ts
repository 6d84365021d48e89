/** The HTML report as a file. With the library that draws charts in a file of the bundle of its own. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DiagnosisReport } from '../../core/diagnosis.ts';
import { AppError } from '../../core/errors.ts';
import { PAGE_START, renderPage } from '../../core/page/render-page.ts';
import { VERSION } from '../version.ts';

/**
 * Throws when a page cannot be written to `path`: before a gigabyte is read, and before a log that was meant to be read is
 * overwritten, as in `--html access.log error.log`.
 */
export function checkPagePath(path: string): void {
  if (path === '' || path === '-') {
    throw new AppError('NoPagePath', `--html "${path}" is no file: name one, such as report.html`);
  }
  const size = sizeOf(path);
  if (size === null && !existsSync(dirname(path))) {
    throw unwritable(path, new Error('ENOENT: no such file or directory'));
  }
  if (size === 0 || size === null || startOf(path) === PAGE_START) return;
  throw new AppError(
    'NotAPage',
    `--html ${path}: this file is there and is no report of badgateway`,
    {
      hint: 'name another file, or delete it',
    },
  );
}

/** Writes the page; what was there is replaced. Throws `AppError` when it cannot be written. */
export function writePage(path: string, report: DiagnosisReport): void {
  checkPagePath(path);
  const page = renderPage(report, { sha256, version: VERSION });
  try {
    writeFileSync(path, page);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function sizeOf(path: string): number | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      throw new AppError('NotAFile', `--html ${path}: this is a directory; name a file in it`);
    }
    return stat?.size ?? null;
  } catch (cause) {
    throw cause instanceof AppError ? cause : unwritable(path, cause);
  }
}

function startOf(path: string): string {
  const start = Buffer.alloc(Buffer.byteLength(PAGE_START));
  try {
    const file = openSync(path, 'r');
    try {
      return start.toString('utf8', 0, readSync(file, start));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): AppError {
  const reason =
    cause instanceof Error ? cause.message.replace(/,? (?:open|stat|write) '.*$/s, '') : '';
  return new AppError(
    'UnwritablePage',
    `--html ${path}: the report cannot be written there (${reason})`,
    {
      hint: 'name a file in a directory that exists and that you may write to',
      cause,
    },
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
