/**
 * An error a user can act on: wrong usage, configuration or input. Everything else is a bug.
 * `message` is lowercase, without a full stop, and holds the wrong value and the fix.
 */
export class AppError extends Error {
  /** PascalCase name of what went wrong: `UnknownRole`. */
  readonly code: string;
  /** One more sentence on what to do, when the message alone does not say it. */
  readonly hint: string | null;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint ?? null;
  }
}

/** Whether an error is an `AppError`: also of the copy of the class that another bundle has. */
export function isAppError(error: unknown): error is AppError {
  if (error instanceof AppError) return true;
  return error instanceof Error && (error.name === 'AppError' || error.name === 'TableError');
}
