import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Check, checkScenario, findCli } from './check.ts';
import { workRoot } from './environment.ts';
import { LabError } from './lab-error.ts';
import { type Performance, perform } from './perform.ts';
import { killAllGroups } from './processes.ts';
import { record, recorded } from './record.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { setUp } from './setup.ts';
import { type Row, renderRow, renderTotals } from './table.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: join(import.meta.dirname, 'out') },
    record: { type: 'boolean', default: false },
    cli: { type: 'string' },
    'no-check': { type: 'boolean', default: false },
    parallel: { type: 'string', default: String(3 * availableParallelism()) },
    list: { type: 'boolean', default: false },
    recorded: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stderr.write(text);

function chosen(): readonly Scenario[] {
  if (options.only === undefined) return scenarios;
  return options.only.split(',').map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (!found) throw new LabError(`unknown scenario "${name}": --list shows them all`);
    return found;
  });
}

async function playAll(queue: Scenario[], outDir: string, cli: string | undefined): Promise<Row[]> {
  const toolchain = await setUp(say);
  const rows: Row[] = [];
  const one = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const startedMs = Date.now();
      const performance = await perform(next, toolchain, outDir);
      const check = await checked(performance, cli);
      const row = { name: next.name, seconds: (Date.now() - startedMs) / 1000, performance, check };
      rows.push(row);
      process.stdout.write(renderRow(row));
      if (options.record && performance.kind === 'done') record(performance.folder, next.name);
    }
  };
  await Promise.all(Array.from({ length: Number(options.parallel) }, one));
  return rows;
}

/** Holds `diagnose` against the committed recordings; plays nothing. */
async function checkRecorded(cli: string): Promise<Row[]> {
  const rows: Row[] = [];
  const names = options.only?.split(',');
  for (const { folder, truth } of recorded()) {
    if (names && !names.includes(truth.scenario)) continue;
    const startedMs = Date.now();
    const check = await checkScenario(cli, folder, truth);
    const performance = { kind: 'done', truth, folder } as const;
    const row = {
      name: truth.scenario,
      seconds: (Date.now() - startedMs) / 1000,
      performance,
      check,
    };
    rows.push(row);
    process.stdout.write(renderRow(row));
  }
  return rows;
}

async function checked(
  performance: Performance,
  cli: string | undefined,
): Promise<Check | undefined> {
  if (performance.kind !== 'done' || cli === undefined) return undefined;
  return checkScenario(cli, performance.folder, performance.truth);
}

async function main(): Promise<number> {
  if (options.list) {
    for (const { name, description } of scenarios)
      process.stdout.write(`${name}\t${description}\n`);
    return 0;
  }
  const outDir = resolve(options.out);
  mkdirSync(outDir, { recursive: true });
  const cli = options['no-check'] ? undefined : findCli(options.cli);
  if (cli === undefined) say('nothing is compared: no CLI is built, or --no-check was given\n');
  const startedMs = Date.now();
  const rows =
    options.recorded && cli ? await checkRecorded(cli) : await playAll([...chosen()], outDir, cli);
  const totals = renderTotals(rows, (Date.now() - startedMs) / 1000);
  process.stdout.write(totals.text);
  return totals.isGood ? 0 : 1;
}

process.on('exit', () => {
  killAllGroups();
  // Only if no broken scenario left its files there.
  if (existsSync(workRoot) && readdirSync(workRoot).length === 0) rmdirSync(workRoot);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(`lab: ${error instanceof LabError ? error.message : String((error as Error).stack)}\n`);
    process.exit(2);
  },
);
