/**
 * Every recorded scenario, once with all its lines and once with those that pass the default patterns: the same
 * causes, counts and confidence.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DiagnoseOptions, diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import { filterPatternOf } from '../../core/config/filter-patterns.ts';
import type { DiagnosisReport } from '../../core/diagnosis.ts';
import type { LogRole } from '../../core/model.ts';
import type { Truth } from '../../lab/truth.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { compilePattern } from './evaluate-pattern.ts';
import { type LabLog, labLogs } from './lab-logs.ts';

const LAB = join(import.meta.dirname, '..', 'fixtures', 'lab');
const ROLES = ['access', 'error', 'gunicorn', 'system'] as const;
const names = readdirSync(LAB).filter((name) => existsSync(join(LAB, name, 'truth.json')));

/** What is confirmed by a line of Gunicorn's access log with a good status is only likely without it. */
const LESS_SURE = ['body-unread-23.0.0', 'body-unread-27.0.1'];

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-patterns-'));
  for (const role of ROLES) for (const log of labLogs(role)) writePassing(role, log);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** An access log's first line shows that there is such a log, which a deployment knows from its configuration. */
function writePassing(role: LogRole, { name, lines, format }: LabLog): void {
  const passes = compilePattern(filterPatternOf({ role, format }).pattern ?? '', 'strict');
  const path = join(directory, name.replace(/\.gz$/, ''));
  const kept = lines.filter((line, index) => passes(line) || (role === 'access' && index === 0));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.from(kept.map((line) => `${line}\n`).join(''), 'latin1'));
}

function optionsOfPassing(truth: Truth, name: string): DiagnoseOptions {
  const inputs = truth.inputs.map((input) => input.replace(/\.gz$/, ''));
  const options = optionsOfArguments({ ...truth, inputs }, join(directory, name));
  // Too few lines may be left to tell a log's role by.
  const roled = options.inputs.map((input) => ({
    ...input,
    role: input.role ?? roleOf(input.path),
  }));
  return { ...options, inputs: roled };
}

function roleOf(path: string): LogRole | null {
  return ROLES.find((role) => new RegExp(`/${role}[^/]*$`).test(path)) ?? null;
}

function countsOf({ failures, diagnoses }: DiagnosisReport, isSure: boolean) {
  const causes = diagnoses.map(({ cause, failures, truncated, retried, confidence }) => {
    return { cause, failures, truncated, retried, confidence: isSure ? confidence : null };
  });
  return { failures, causes };
}

describe('what passes the default patterns', () => {
  it.each(names)('tells as much as everything: %s', async (name) => {
    const truth = JSON.parse(readFileSync(join(LAB, name, 'truth.json'), 'utf8')) as Truth;
    const all = await diagnoseFiles(optionsOfArguments(truth, join(LAB, name)));
    const passing = await diagnoseFiles(optionsOfPassing(truth, name));
    const isSure = !LESS_SURE.includes(name);
    expect(countsOf(passing.report, isSure)).toEqual(countsOf(all.report, isSure));
  });
});
