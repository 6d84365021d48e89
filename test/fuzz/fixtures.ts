import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogRole } from '../../core/model.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'lab');

/** One log of a scenario: its lines as byte strings. */
export type FixtureLog = {
  readonly name: string;
  readonly role: LogRole;
  readonly lines: readonly string[];
};

/** One recorded scenario of the lab. */
export type Fixture = {
  readonly name: string;
  /** The `--log-format` it was recorded with; `null`: `diagnose` recognises it. */
  readonly logFormat: string | null;
  readonly logs: readonly FixtureLog[];
};

type Truth = { readonly args: readonly string[]; readonly inputs: readonly string[] };

/** All recorded scenarios whose inputs are single files. */
export function readFixtures(): Fixture[] {
  return readdirSync(FIXTURES)
    .filter((name) => existsSync(join(FIXTURES, name, 'truth.json')))
    .map(readFixture)
    .filter((fixture) => fixture.logs.length > 0);
}

/** Every different line of the fixtures by role, most of them once. */
export function linesByRole(fixtures: readonly Fixture[]): ReadonlyMap<LogRole, readonly string[]> {
  const found = new Map<LogRole, Set<string>>();
  for (const { role, lines } of fixtures.flatMap(({ logs }) => logs)) {
    const known = found.get(role) ?? new Set();
    for (const line of lines) known.add(line);
    found.set(role, known);
  }
  return new Map([...found].map(([role, lines]) => [role, [...lines]]));
}

function readFixture(name: string): Fixture {
  const folder = join(FIXTURES, name);
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth;
  const at = truth.args.indexOf('--log-format');
  const files = truth.inputs.filter((input) => input.endsWith('.log'));
  return {
    name,
    logFormat: at < 0 ? null : (truth.args[at + 1] ?? null),
    logs: files.map((file) => ({
      name: file,
      role: roleOf(file),
      lines: linesOf(readFileSync(join(folder, file), 'latin1')),
    })),
  };
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

function roleOf(file: string): LogRole {
  if (file.includes('gunicorn')) return 'gunicorn';
  if (file.includes('system') || file.includes('kernel')) return 'system';
  return file.includes('error') ? 'error' : 'access';
}
