/** What holds whatever fails, in whatever order its logs come. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CauseId } from '../../../core/catalogue/cause-ids.ts';
import { decide } from '../../../core/incident/decide.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import { at, type Failure, lineOf, Service } from './service.ts';

const CAUSES: readonly CauseId[] = ['worker-timeout', 'worker-oom'];
const BEGIN = at('06:00');
const END = at('10:30');
const STEP_MS = 60_000;

type Arrival = Failure & { readonly comesMs: number };

/** Bursts, each of which comes some time after it happened. */
const arrivals = (maxLateMinutes: number, causes = CAUSES) =>
  fc.array(
    fc
      .record({
        cause: fc.constantFrom(...causes),
        minute: fc.integer({ min: 0, max: 150 }),
        second: fc.integer({ min: 0, max: 59 }),
        host: fc.constantFrom('web-1', 'web-2', 'web-3'),
        count: fc.constantFrom(1, 2, 3, 5, 8, 60),
        lateSeconds: fc.integer({ min: 0, max: maxLateMinutes * 60 }),
      })
      .map(({ cause, minute, second, host, count, lateSeconds }): Arrival => {
        const atMs = BEGIN + (minute * 60 + second) * 1_000;
        return { cause, atMs, host, count, comesMs: atMs + lateSeconds * 1_000 };
      }),
    { maxLength: 40 },
  );

function known(failures: readonly Arrival[], nowMs: number): Arrival[] {
  return failures.filter(({ comesMs }) => comesMs <= nowMs);
}

/** Evaluates each minute, with what has come until then. */
function play(
  failures: readonly Arrival[],
  check: (service: Service, nowMs: number) => void,
): Service {
  const service = new Service();
  for (let nowMs = BEGIN; nowMs <= END; nowMs += STEP_MS) {
    service.evaluateWith(nowMs, known(failures, nowMs));
    check(service, nowMs);
  }
  return service;
}

/** What changes when the same is decided once more. */
function again(service: Service, nowMs: number, failures: readonly Failure[]): string[] {
  return decide(service.input(nowMs, failures)).incidents.map(
    ({ id, cause, status, outbox }) => `${id} ${cause} ${status} ${outbox.map(lineOf)}`,
  );
}

function kindsByIncident(told: readonly Transition[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, incident } of told) {
    kinds.set(incident.id, [...(kinds.get(incident.id) ?? []), kind]);
  }
  return [...kinds.values()].map((list) => list.join(' '));
}

describe('whatever fails, and however late its logs come', () => {
  test('of a cause at most one incident is open, and deciding twice is a no-op', () => {
    fc.assert(
      fc.property(arrivals(50), (failures) => {
        play(failures, (service, nowMs) => {
          const open = [...service.incidents.values()].filter(({ status }) => status === 'open');
          expect(new Set(open.map(({ cause }) => cause)).size).toBe(open.length);
          expect(again(service, nowMs, known(failures, nowMs))).toEqual([]);
        });
      }),
      { numRuns: 15 },
    );
  });

  test('opened and resolved alternate, and every id is new', () => {
    fc.assert(
      fc.property(arrivals(50), (failures) => {
        const { told } = play(failures, () => {});
        for (const kinds of kindsByIncident(told)) {
          expect(kinds).toMatch(
            /^opened(?: escalated)* resolved(?: reopened(?: escalated)* resolved)*$/,
          );
        }
        expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
      }),
      { numRuns: 15 },
    );
  });

  test('no burst is lost: each that passes the rule is within an incident that was told', () => {
    fc.assert(
      fc.property(arrivals(50), (failures) => {
        const service = play(failures, () => {});
        for (const cause of CAUSES) {
          for (let first = BEGIN; first < END; first += 60_000) {
            const burst = failures.filter(
              ({ atMs, cause: own }) => own === cause && atMs >= first && atMs < first + 300_000,
            );
            if (burst.reduce((sum, { count = 1 }) => sum + count, 0) < 5) continue;
            const covering = [...service.incidents.values()].filter(
              (incident) =>
                incident.cause === cause &&
                incident.told !== null &&
                incident.openedAt < first + 300_000 &&
                (incident.resolvedAt ?? 0) >= first,
            );
            expect(covering.length).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  test('the order of arrival does not matter while logs are less late than resolveAfterMs', () => {
    // When one was over depends on what was known then; which causes people hear of, and since when, does not.
    const essence = (service: Service) =>
      CAUSES.map((cause) => {
        const all = [...service.incidents.values()].filter((incident) => incident.cause === cause);
        const openedAt = Math.min(...all.map((incident) => incident.openedAt));
        return { cause, openedAt, isOver: all.every(({ end }) => end === 'over') };
      });
    fc.assert(
      fc.property(arrivals(8), (failures) => {
        const late = play(failures, () => {});
        const prompt = play(
          failures.map((failure) => ({ ...failure, comesMs: failure.atMs })),
          () => {},
        );
        expect(essence(late)).toEqual(essence(prompt));
      }),
      { numRuns: 15 },
    );
  });

  test('of one cause that flaps people hear at most 7 times in the first hours, then 4 times', () => {
    const bursts = fc.record({
      periodMinutes: fc.integer({ min: 5, max: 60 }),
      count: fc.integer({ min: 5, max: 60 }),
    });
    fc.assert(
      fc.property(bursts, ({ periodMinutes, count }) => {
        const failures: Arrival[] = [];
        for (let atMs = BEGIN; atMs < END; atMs += periodMinutes * 60_000) {
          failures.push({ cause: 'worker-timeout', atMs, count, comesMs: atMs });
        }
        const { told } = play(failures, () => {});
        const heard = (from: number) =>
          told.filter(({ at: time }) => time >= from && time < from + 3_600_000).length;
        for (const { at: from } of told) {
          // Beyond reopenWithinMs it is another incident: two messages each 40 minutes.
          const isLater = from > BEGIN + 2 * 3_600_000;
          expect(heard(from)).toBeLessThanOrEqual(isLater ? 4 : 7);
        }
      }),
      { numRuns: 56 },
    );
  });
});

test('verdicts that change at any time never leave two open incidents of a cause, or a story without an end', () => {
  const weak: readonly CauseId[] = ['unknown', 'worker-died-unknown', 'backend-not-listening'];
  const strong: readonly CauseId[] = ['worker-timeout', 'worker-oom', 'deploy-restart'];
  const refinements = fc.array(
    fc.record({
      from: fc.constantFrom(...weak),
      to: fc.constantFrom(...strong),
      minute: fc.integer({ min: 0, max: 60 }),
      untilMinute: fc.integer({ min: 0, max: 60 }),
    }),
    { minLength: 2, maxLength: 8 },
  );
  fc.assert(
    fc.property(arrivals(5, [...weak, ...strong]), refinements, (spread, changes) => {
      // Everything in the first half hour, so that verdicts meet.
      const failures = spread.map(({ atMs, comesMs, ...rest }) => {
        const earlier = Math.floor((atMs - BEGIN) / 5 / 1_000) * 4_000;
        return { ...rest, atMs: atMs - earlier, comesMs: comesMs - earlier };
      });
      const refined = new Service();
      for (let nowMs = BEGIN; nowMs <= END; nowMs += STEP_MS) {
        const minute = (nowMs - BEGIN) / 60_000;
        const seen = known(failures, nowMs).map((failure) => {
          const change = changes.find(
            ({ from, minute: when, untilMinute }) =>
              from === failure.cause &&
              when <= minute &&
              failure.atMs <= BEGIN + untilMinute * 60_000,
          );
          return change ? { ...failure, cause: change.to, isConfirmed: true } : failure;
        });
        refined.evaluateWith(nowMs, seen);
        const open = [...refined.incidents.values()].filter(({ status }) => status === 'open');
        expect(new Set(open.map(({ cause }) => cause)).size).toBe(open.length);
        expect(again(refined, nowMs, seen)).toEqual([]);
      }
      for (const incident of refined.incidents.values()) {
        expect(incident.status).toBe('resolved');
        if (incident.end === 'over') expect(incident.told?.status ?? 'resolved').toBe('resolved');
      }
      for (const kinds of kindsByIncident(refined.told)) {
        expect(kinds).toMatch(
          /^(?:resolved|opened(?: (?:escalated|refined))*(?: resolved)?)(?: reopened(?: (?:escalated|refined))*(?: resolved)?)*$/,
        );
      }
    }),
    { numRuns: 20 },
  );
});
