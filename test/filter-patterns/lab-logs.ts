/** The recorded logs of the lab, by role. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogRole } from '../../core/model.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';

const LAB = join(import.meta.dirname, '..', 'fixtures', 'lab');

export type LabLog = {
  /** Scenario and file. */
  readonly name: string;
  readonly lines: readonly string[];
  /** Of an access log: the `log_format`, or `json`. */
  readonly format: string | null;
};

/** Every log of that role; lines are byte strings. */
export function labLogs(role: LogRole): readonly LabLog[] {
  return files(LAB)
    .filter((path) => roleOf(path) === role)
    .map((path) => {
      const lines = linesOf(path);
      return {
        name: relative(LAB, path),
        lines,
        format: role === 'access' ? formatOf(path, lines) : null,
      };
    });
}

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

function roleOf(path: string): LogRole | null {
  const name = basename(path);
  if (!name.includes('.log')) return null;
  if (name.startsWith('gunicorn')) return 'gunicorn';
  if (name.startsWith('access')) return 'access';
  if (name.startsWith('error')) return 'error';
  return name.startsWith('system') ? 'system' : null;
}

function linesOf(path: string): string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  return text.split('\n').filter((line) => line !== '');
}

function formatOf(path: string, lines: readonly string[]): string {
  const scenario = relative(LAB, path).split('/')[0] ?? '';
  const truth = JSON.parse(readFileSync(join(LAB, scenario, 'truth.json'), 'utf8')) as {
    readonly args: readonly string[];
  };
  const at = truth.args.indexOf('--log-format');
  const given = at < 0 ? undefined : truth.args[at + 1];
  return given ?? recogniseAccessFormat(lines.slice(0, 200))?.format.source ?? 'combined';
}
