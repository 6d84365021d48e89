import { isAppError } from '../core/errors.ts';
import { printableText } from '../core/messages/printable.ts';

/** Writes an error to standard error, in words a user can act on, and returns the exit code. */
export function reportError(error: unknown, options: { isDebug: boolean }): number {
  process.stderr.write(`${describeError(error, options)}\n`);
  return 2;
}

/** A user's error is one sentence and a hint; anything else is a bug and says so. Stack traces only for `isDebug`. */
export function describeError(error: unknown, { isDebug }: { isDebug: boolean }): string {
  const message = printableLines(error instanceof Error ? error.message : String(error));
  const stack = isDebug ? stackOf(error) : [];
  if (isAppError(error)) {
    const hint = error.hint === null ? [] : [`  ${printableText(error.hint)}`];
    return [`badgateway: ${message}`, ...hint, ...stack].join('\n');
  }
  const request = isDebug
    ? '  please report it with these lines'
    : '  please report it with what the same command prints with --debug';
  return [`badgateway: this is a bug: ${message}`, request, ...stack].join('\n');
}

/** The problems of a configuration are told a line each. */
function printableLines(text: string): string {
  return text.split('\n').map(printableText).join('\n');
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const lines = (error.stack ?? '').split('\n').map(printableText);
  return error.cause === undefined ? lines : [...lines, 'caused by:', ...stackOf(error.cause)];
}
