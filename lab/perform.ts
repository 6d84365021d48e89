import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { LabError, Skipped } from './lab-error.ts';
import type { Outcome, Scenario } from './scenario.ts';
import type { Toolchain } from './setup.ts';
import { Stage } from './stage.ts';
import type { Truth } from './truth.ts';
import { sleep } from './wait.ts';

/** How one scenario went. */
export type Performance =
  | { readonly kind: 'done'; readonly truth: Truth; readonly folder: string }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'broken'; readonly why: string };

/** Looks on while a scenario is played; `end` is awaited when its last line is written and its servers still run. */
export type Onlooker = (stage: Stage) => { readonly end: () => Promise<void> };

/** Plays one scenario and writes its logs and its truth to a folder of its name below `outDir`. */
export async function perform(
  scenario: Scenario,
  toolchain: Toolchain,
  outDir: string,
  onlooker: Onlooker = () => ({ end: async () => {} }),
): Promise<Performance> {
  const folder = join(outDir, scenario.name);
  rmSync(folder, { recursive: true, force: true });
  const stage = new Stage(scenario.name, toolchain.venvs);
  const { end } = onlooker(stage);
  const performance = await attempt(scenario, stage, toolchain, folder);
  await end();
  await stage.clear();
  // Of a broken one the servers' own files are kept, to look into.
  if (performance.kind !== 'broken') rmSync(stage.work, { recursive: true, force: true });
  return performance;
}

async function attempt(
  scenario: Scenario,
  stage: Stage,
  toolchain: Toolchain,
  folder: string,
): Promise<Performance> {
  try {
    const outcome = await withDeadline(scenario, stage);
    // NGINX writes a request's line after the client has its last byte.
    await sleep(150);
    cpSync(stage.logs, folder, { recursive: true });
    const truth = truthOf(scenario, stage, toolchain, outcome ?? {});
    for (const name of readdirSync(folder)) {
      if (!truth.inputs.includes(name)) rmSync(join(folder, name), { recursive: true });
    }
    writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(truth, undefined, 2)}\n`);
    return { kind: 'done', truth, folder };
  } catch (error) {
    if (error instanceof Skipped) return { kind: 'skipped', why: error.message };
    return { kind: 'broken', why: error instanceof LabError ? error.message : String(error) };
  }
}

async function withDeadline(scenario: Scenario, stage: Stage): Promise<Outcome | undefined> {
  const seconds = scenario.deadlineSeconds ?? 60;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LabError(`not over after ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([scenario.run(stage), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function truthOf(scenario: Scenario, stage: Stage, toolchain: Toolchain, outcome: Outcome): Truth {
  return {
    scenario: scenario.name,
    description: scenario.description,
    recorded: {
      at: new Date().toISOString(),
      nginx: toolchain.nginx,
      gunicorn: [...stage.versions.gunicorn].join(', ') || 'none',
      workerClass: [...stage.versions.workerClass].join(', ') || 'none',
      how: `node lab/run.ts --only ${scenario.name}, Linux ${release()}`,
    },
    args: [...new Set([...stage.args].flat()), ...(outcome.args ?? [])],
    inputs: outcome.inputs ?? logsIn(stage.logs),
    ...stage.ledger.close(),
    ...(outcome.confidence ? { confidence: outcome.confidence } : {}),
  };
}

const USUAL_LOGS = [
  'access.log',
  'error.log',
  'gunicorn.log',
  'gunicorn-access.log',
  'system.log',
] as const;

/** A folder for each host where there are several, else the files in the order people name them. */
function logsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const hosts = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (hosts.length > 0) return hosts.sort();
  return USUAL_LOGS.filter((name) => existsSync(join(folder, name)));
}
