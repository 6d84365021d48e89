import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../../core/diagnosis.ts';
import { timelineData } from '../../../core/page/timeline-data.ts';
import { diagnosis, report, twoCauses } from '../messages/sample-reports.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-20T14:00:00Z');

function reportOf(...timelines: readonly (readonly [minute: number, failures: number][])[]) {
  const diagnoses = timelines.map((timeline) =>
    diagnosis({
      timeline: timeline.map(([minute, failures]) => ({
        at: new Date(START + minute * MINUTE).toISOString(),
        failures,
      })),
    }),
  );
  return report({ diagnoses });
}

describe('timelineData', () => {
  it('has a row a minute, also of minutes without failures', () => {
    const data = timelineData(
      reportOf(
        [
          [0, 3],
          [2, 4],
        ],
        [[2, 5]],
      ),
      [],
    );
    expect(data?.widthMs).toBe(MINUTE);
    expect(data?.rows.map(({ failures }) => failures)).toEqual([
      [3, 0],
      [0, 0],
      [4, 5],
    ]);
  });

  it('has nothing to show of a report without failures', () => {
    expect(timelineData(reportOf([]), [START])).toBeNull();
  });

  it('begins with what came shortly before, not with what came hours before', () => {
    const data = timelineData(reportOf([[0, 3]]), [START - 2 * MINUTE, START - 200 * MINUTE]);
    expect(data?.rows.map(({ at }) => at)).toEqual([-2, -1, 0].map((at) => START + at * MINUTE));
  });

  it('adds the causes that have no colour of their own up', () => {
    const data = timelineData(
      reportOf(...Array.from({ length: 9 }, () => [[0, 1] as [number, number]])),
      [],
    );
    expect(data?.series.at(-1)).toEqual({ index: 7, name: 'Other causes' });
    expect(data?.rows[0]?.failures).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
  });

  it('keeps every failure, in few enough rows, whatever the span', () => {
    const bucket = fc.tuple(
      fc.integer({ min: 0, max: 2_000_000 }),
      fc.integer({ min: 1, max: 99 }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(bucket, { maxLength: 9 }), { maxLength: 10 }), (timelines) => {
        const given = reportOf(...timelines);
        const data = timelineData(given, []);
        const rows = data?.rows ?? [];
        expect(rows.length).toBeLessThanOrEqual(97);
        expect(sum(rows.flatMap(({ failures }) => failures))).toBe(failuresOf(given));
      }),
    );
  });

  it('says the same as the report', () => {
    const data = timelineData(twoCauses, []);
    expect(sum(data?.rows.flatMap(({ failures }) => failures) ?? [])).toBe(failuresOf(twoCauses));
  });
});

function failuresOf({ diagnoses }: DiagnosisReport): number {
  return sum(diagnoses.flatMap(({ timeline }) => timeline.map(({ failures }) => failures)));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}
