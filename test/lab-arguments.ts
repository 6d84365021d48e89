import { join } from 'node:path';
import type { DiagnoseOptions } from '../adapters/local/diagnose-files.ts';
import { LOG_ROLES } from '../core/model.ts';
import type { Truth } from '../lab/truth.ts';

/** What `diagnose` is asked with the arguments and inputs of a recorded scenario. */
export function optionsOfArguments(truth: Truth, directory: string): DiagnoseOptions {
  const argumentOf = (flag: string) => {
    const index = truth.args.indexOf(flag);
    return index < 0 ? null : (truth.args[index + 1] ?? null);
  };
  const named = LOG_ROLES.flatMap((role) => {
    const file = argumentOf(`--${role}`);
    return file === null ? [] : [{ path: join(directory, file), role }];
  });
  return {
    inputs: [
      ...truth.inputs.map((path) => ({ path: join(directory, path), role: null })),
      ...named,
    ],
    host: argumentOf('--host'),
    timeZone: argumentOf('--tz'),
    logFormat: argumentOf('--log-format'),
    gunicornVersion: argumentOf('--gunicorn-version'),
    sinceMs: null,
    untilMs: null,
    onProgress: () => {},
    onWarning: () => {},
  };
}
