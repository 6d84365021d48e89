/** One step of the fuzz run: everything about it follows from its seed. */
import { AppError } from '../../core/errors.ts';
import { damage } from './damage.ts';
import { disguiseFixture } from './disguise.ts';
import type { Fixture, FixtureLog } from './fixtures.ts';
import { findSteepness } from './growth.ts';
import { type Material, makeInput } from './inputs.ts';
import { mutate } from './mutate.ts';
import { checkResult, diagnoseLogs, type MemoryLog, verdictOf } from './pipeline.ts';
import { Random } from './random.ts';
import { TARGETS } from './targets.ts';
import { HEADS, UNITS } from './worst-inputs.ts';

/** A bug: what was run, on what, and how it went wrong. */
export type Find = {
  readonly seed: number;
  readonly target: string;
  readonly problem: string;
  readonly input: string;
};

const NAMES = Object.keys(TARGETS);
/** A document grows by a hundred bytes an event: its own size is what would be measured. */
const GROWING = NAMES.filter((name) => !name.startsWith('awslogs'));

/** Runs one target on one input; `null` when nothing is wrong. */
export async function runIteration(material: Material, seed: number): Promise<Find | null> {
  const random = new Random(seed);
  const kind = random.next();
  if (kind < 0.01) return spoof(material, random, seed);
  if (kind < 0.03) return diagnoseDamaged(material, random, seed);
  if (kind < 0.04) return growth(material, random, seed);
  const target = random.pick(NAMES);
  const input = makeInput(material, random);
  try {
    TARGETS[target]?.(input);
    return null;
  } catch (error) {
    return { seed, target, problem: problemOf(error), input: JSON.stringify(input.slice(0, 600)) };
  }
}

async function spoof(material: Material, random: Random, seed: number): Promise<Find | null> {
  const fixture = random.pick(material.fixtures);
  const problem = await spoofProblem(fixture, random.below(1 << 30));
  return problem === null ? null : { seed, target: `spoof ${fixture.name}`, problem, input: '' };
}

/** What a disguise of the fixture changes in the verdict, in words; `null` for nothing, as it should be. */
export async function spoofProblem(fixture: Fixture, seed: number): Promise<string | null> {
  const honest = await diagnoseLogs(fixture.logs.map(logOf), fixture.logFormat);
  const disguised = disguiseFixture(fixture, seed).map(logOf);
  const spoofed = await diagnoseLogs(disguised, fixture.logFormat);
  checkResult(spoofed);
  const [wanted, got] = [honest, spoofed].map(({ report }) => JSON.stringify(verdictOf(report)));
  return wanted === got ? null : `verdict changed from ${wanted} to ${got}`;
}

function logOf({ name, role, lines }: FixtureLog): MemoryLog {
  return { name, role, bytes: Buffer.from(`${lines.join('\n')}\n`, 'latin1') };
}

async function diagnoseDamaged(
  material: Material,
  random: Random,
  seed: number,
): Promise<Find | null> {
  const fixture = random.pick(material.fixtures);
  const logs = fixture.logs.map((log) => {
    const lines = log.lines.map((line) => (random.chance(0.2) ? mutate(line, random) : line));
    const role = random.chance(0.5) ? log.role : null;
    return { name: log.name, role, bytes: damage(logOf({ ...log, lines }).bytes, random) };
  });
  try {
    checkResult(await diagnoseLogs(logs, random.chance(0.5) ? fixture.logFormat : null));
    return null;
  } catch (error) {
    if (error instanceof AppError) return null;
    return { seed, target: `diagnose ${fixture.name}`, problem: problemOf(error), input: '' };
  }
}

/** Half a megabyte of one or two things over and over, after a real beginning. */
function growth(material: Material, random: Random, seed: number): Find | null {
  const target = random.pick(GROWING);
  const line = material.line(random);
  const head = random.chance(0.5)
    ? random.pick(Object.values(HEADS))
    : line.slice(0, random.below(line.length + 1));
  const unit = random.pick(UNITS) + (random.chance(0.5) ? random.pick(UNITS) : '');
  const tail = random.chance(0.5) ? random.pick(UNITS) : '';
  const workload = (size: number): void =>
    TARGETS[target]?.(head + unit.repeat(Math.ceil(size / unit.length)) + tail);
  const problem = findSteepness(workload, 65_536, 150);
  const input = JSON.stringify({ head, unit, tail });
  return problem === null ? null : { seed, target: `growth of ${target}`, problem, input };
}

function problemOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 900) : String(error);
}
