/**
 * Each failure counts once: deliveries repeated, split, regrouped and in any order, crashes before and after every
 * write, a throttled table. CloudWatch and Lambda promise no more than that everything comes at least once.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import type { Table } from '../../core/table.ts';
import { atWrite, type Fault, type FaultPlan, faultyTable } from '../fakes/faulty-table.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { type Delivery, ingest, SERVICE, split } from './deliveries.ts';
import { readTruth, type ShippedLog, scenarioLogs } from './scenario-logs.ts';
import { evaluateAll, storedVerdicts, type Verdict, verdictsOf } from './verdicts.ts';

const lab = join(import.meta.dirname, '..', 'fixtures', 'lab');
const names = readdirSync(lab).filter((name) => existsSync(join(lab, name, 'truth.json')));
const DAY_MS = 86_400_000;

type Scenario = {
  readonly logs: readonly ShippedLog[];
  readonly wanted: readonly Verdict[];
  readonly fromMs: number;
  readonly nowMs: number;
};

async function scenarioOf(name: string): Promise<Scenario> {
  const truth = readTruth(name);
  const { report } = await diagnoseFiles(optionsOfArguments(truth, join(lab, name)));
  return {
    logs: await scenarioLogs(name),
    wanted: verdictsOf(report),
    fromMs: Date.parse(truth.window.from),
    nowMs: Date.parse(truth.window.to) + 60_000,
  };
}

function verdictsIn(table: Table, { fromMs }: Scenario): Promise<Verdict[]> {
  return storedVerdicts(table, fromMs - DAY_MS, fromMs + DAY_MS);
}

/** Until it works, as Lambda's retries and the dead-letter queue's redrive do. */
async function untilItWorks(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      await action();
      return;
    } catch (error) {
      if (!isInjected(error)) throw error;
    }
  }
  throw new Error('it never works');
}

function isInjected(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? '';
  return code.startsWith('Table') || code === 'MinuteContended';
}

const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 4 });

/** A log's deliveries: split in one to three ways, each of them delivered one to five times. */
const plan = fc.array(fc.record({ sizes, times: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 1,
  maxLength: 3,
});

function deliveriesOf(
  logs: readonly ShippedLog[],
  plans: readonly (readonly { sizes: number[]; times: number }[])[],
): Delivery[] {
  return logs.flatMap((log, index) =>
    (plans[index % plans.length] ?? []).flatMap(({ sizes, times }) =>
      Array.from({ length: times }, () => split(log, sizes)).flat(),
    ),
  );
}

/** An order that the seed decides. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const mixed = [...items];
  let state = seed >>> 0;
  for (let index = mixed.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (index + 1);
    [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
  }
  return mixed;
}

describe('every failure counts once', () => {
  it('whatever is delivered again, split, regrouped and in any order, with evaluations between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(plan, { minLength: 1, maxLength: 3 }),
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        async (name, plans, seed, every) => {
          const scenario = await scenarioOf(name);
          const table = memoryTable();
          const deliveries = shuffled(deliveriesOf(scenario.logs, plans), seed);
          for (const [index, delivery] of deliveries.entries()) {
            await ingest(table, delivery, scenario.nowMs + index);
            if (index % every === 0) {
              await evaluateService(table, {
                service: SERVICE,
                nowMs: scenario.nowMs + index,
                stamp: `${index}`,
              });
            }
          }
          await evaluateAll(table, scenario.nowMs);
          expect(await verdictsIn(table, scenario)).toEqual(scenario.wanted);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 60) },
    );
  }, 120_000);

  it('whichever calls fail, crash or are throttled', async () => {
    const faults = fc.constantFrom<Fault | null>(
      ...['fail-before', 'fail-after', 'throttle', null, null, null].map((fault) => fault as Fault),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        plan,
        fc.array(faults, { minLength: 1, maxLength: 200 }),
        fc.integer(),
        async (name, plans, failing, seed) => {
          const scenario = await scenarioOf(name);
          const inner = memoryTable();
          let calls = 0;
          const failsAt: FaultPlan = () => failing[calls++] ?? null;
          const table = faultyTable(inner, failsAt);
          const deliveries = shuffled(deliveriesOf(scenario.logs, [plans]), seed);
          for (const delivery of deliveries) {
            await untilItWorks(() => ingest(table, delivery, scenario.nowMs));
          }
          await untilItWorks(() => evaluateAll(table, scenario.nowMs));
          expect(await verdictsIn(inner, scenario)).toEqual(scenario.wanted);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 40) },
    );
  }, 120_000);

  describe('with a crash before and after each write in turn', () => {
    let scenario: Scenario;
    beforeAll(async () => {
      scenario = await scenarioOf('worker-timeout-sync-23.0.0');
    });

    it.each<Fault>(['crash-before', 'crash-after'])('%s', async (fault) => {
      const deliveries = scenario.logs.flatMap((log) => split(log, [40]));
      let last = 0;
      for (let write = 1; write <= last + 1; write++) {
        const inner = memoryTable();
        const plan = atWrite(write, fault);
        let process = faultyTable(inner, plan);
        const restart = async (action: (table: Table) => Promise<unknown>) => {
          try {
            await action(process);
          } catch (error) {
            if (!isInjected(error)) throw error;
            process = faultyTable(inner, []);
            await action(process);
          }
        };
        for (const delivery of deliveries) {
          await restart((table) => ingest(table, delivery, scenario.nowMs));
        }
        await restart((table) => evaluateAll(table, scenario.nowMs));
        expect(await verdictsIn(inner, scenario), `${fault} ${write}`).toEqual(scenario.wanted);
        last = Math.max(last, ...process.calls.map((call) => call.write));
      }
      expect(last).toBeGreaterThan(20);
    });
  });
});
