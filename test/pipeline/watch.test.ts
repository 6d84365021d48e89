/** Files that grow come to the verdicts that `diagnose` has of them, for every scenario of the lab. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectInputs } from '../../adapters/local/collect-inputs.ts';
import { type DiagnoseOptions, diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import { memoryTable } from '../../adapters/local/memory-table.ts';
import { WatchReader } from '../../adapters/local/watch-reader.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { REDACT_ALL } from '../../core/redact.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { SERVICE } from './deliveries.ts';
import { readTruth } from './scenario-logs.ts';
import { evaluateAll, storedVerdicts, verdictsOf } from './verdicts.ts';

const lab = join(import.meta.dirname, '..', 'fixtures', 'lab');
const names = readdirSync(lab).filter((name) => existsSync(join(lab, name, 'truth.json')));
const DAY_MS = 86_400_000;
/** What is compressed does not grow. */
const growing = names.filter((name) => !readTruth(name).inputs.some((path) => /\.gz$/.test(path)));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-watch-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

type GrowingLog = { readonly path: string; readonly parts: readonly Buffer[] };

/** The logs of a scenario, to be written again part by part, each line in the part of its time. */
async function growingLogs(options: DiagnoseOptions, scenario: string, parts: number) {
  const { logs } = await collectInputs(options.inputs, { host: options.host, format: null });
  for (const { input } of logs) input.close();
  return logs.map(({ input }): GrowingLog => {
    const bytes = readFileSync(input.path);
    const size = Math.ceil(bytes.length / parts);
    const path = join(directory, relative(join(lab, scenario), input.path));
    return {
      path,
      parts: Array.from({ length: parts }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      ),
    };
  });
}

async function watchGrowing(
  scenario: string,
  { parts, isLive }: { parts: number; isLive: boolean },
) {
  const truth = readTruth(scenario);
  const options = optionsOfArguments(truth, join(lab, scenario));
  const logs = await growingLogs(options, scenario, parts);
  const [from, to] = [Date.parse(truth.window.from), Date.parse(truth.window.to)];
  let nowMs = isLive ? from : to;
  const write = (part: number) => {
    for (const { path, parts: own } of logs) {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, own[part] ?? '');
      if (part === parts - 1 && own.at(-1)?.at(-1) !== 10) appendFileSync(path, '\n');
    }
  };
  // Live: the logs are there, with nothing in them; else they hold their first part.
  for (const { path } of logs) {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, '');
  }
  if (!isLive) write(0);
  const table = memoryTable({ clock: () => nowMs });
  const moved = options.inputs.map(({ path, role }) => {
    return { path: join(directory, relative(join(lab, scenario), path)), role };
  });
  const named = options.logFormat;
  const reader = await WatchReader.open({
    inputs: moved,
    host: options.host,
    timeZone: options.timeZone,
    format: named === null ? null : (NAMED_FORMATS[named] ?? compileLogFormat(named)),
    isFromStart: true,
    sinceMs: null,
    service: SERVICE,
    redaction: REDACT_ALL,
    table,
    clock: () => nowMs,
    onNotice: () => {},
  });
  for (let part = isLive ? 0 : 1; part <= parts; part++) {
    while ((await reader.round()).isMore);
    await evaluateAll(table, nowMs);
    if (part < parts) write(part);
    nowMs += isLive ? Math.ceil((to - from) / parts) : 0;
  }
  while ((await reader.round()).isMore);
  await evaluateAll(table, nowMs);
  reader.close();
  const { report } = await diagnoseFiles(options);
  return {
    watched: await storedVerdicts(table, from - DAY_MS, from + DAY_MS),
    diagnosed: verdictsOf(report),
    lines: reader.lines,
  };
}

describe('watch', () => {
  it.each(growing)('%s: says what diagnose says of files that are there', async (name) => {
    const { watched, diagnosed } = await watchGrowing(name, { parts: 1, isLive: false });
    expect(watched).toEqual(diagnosed);
  });

  it.each(growing)('%s: says what diagnose says when it has grown in seven steps', async (name) => {
    const { watched, diagnosed } = await watchGrowing(name, { parts: 7, isLive: true });
    expect(watched).toEqual(diagnosed);
  });
});
