/**
 * Structured log lines of the functions. Lambda's JSON log format makes an object of each (time, level, request id);
 * nothing from a customer's log line goes in here.
 */
import { AppError } from '../../core/errors.ts';

type Fields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export function logInfo(message: string, fields: Fields = {}): void {
  // biome-ignore lint/suspicious/noConsole: it is how a function logs.
  console.info({ message, ...fields });
}

/** An error with its code and what to do; of one that is none of ours, with its stack. */
export function logError(message: string, error: unknown, fields: Fields = {}): void {
  // biome-ignore lint/suspicious/noConsole: it is how a function logs.
  console.error({ message, ...fields, ...fieldsOf(error) });
}

function fieldsOf(error: unknown): Fields {
  if (error instanceof AppError) {
    return { code: error.code, error: error.message, hint: error.hint ?? '' };
  }
  return {
    code: 'Unexpected',
    error: error instanceof Error ? (error.stack ?? '') : String(error),
  };
}
