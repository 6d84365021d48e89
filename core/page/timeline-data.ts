import type { Diagnosis, DiagnosisReport } from '../diagnosis.ts';
import { OWN_COLOURS } from './cause-colour.ts';

/** Failures of equal spans of time, without gaps, a row a span and a column a series. */
export type TimelineData = {
  readonly widthMs: number;
  readonly series: readonly TimelineSeries[];
  readonly rows: readonly TimelineRow[];
};

/** One cause, or all that have no colour of their own. `index`: its place in the report, from 0. */
type TimelineSeries = { readonly index: number; readonly name: string };
type TimelineRow = { readonly at: number; readonly failures: readonly number[] };

const MINUTE = 60_000;
/** Those of `core/timeline.ts`, each a multiple of the one before, so that no bucket is ever divided. */
const WIDTHS = [1, 5, 15, 60, 360, 1_440, 10_080, 524_160].map((minutes) => minutes * MINUTE);
const MOST_ROWS = 96;
const NEAR_MS = 10 * MINUTE;
/** A timeline with fewer buckets than `TIMELINE_LIMIT` divided by the ratio of two widths has its finest still. */
const LEAST_COARSENED = 64;

type Point = { readonly at: number; readonly failures: number };

/**
 * The failures of a report over time, by cause; `null` when there are none. Sums are those of the report's timelines.
 * What happened shortly before or after them, at one of `others`, has a row, too.
 */
export function timelineData(
  { diagnoses }: DiagnosisReport,
  others: readonly number[],
): TimelineData | null {
  const timelines = diagnoses.map(pointsOf);
  const span = spanOf(timelines.flat().map(({ at }) => at));
  if (span === null) return null;
  const near = others.filter((at) => at >= span.first - NEAR_MS && at <= span.last + NEAR_MS);
  const { first, last } = spanOf([span.first, span.last, ...near]) ?? span;
  const widthMs = widthFor(first, last, Math.max(...timelines.map(widthOf)));
  const series = seriesOf(diagnoses);
  const start = Math.floor(first / widthMs);
  const count = Math.floor(last / widthMs) - start + 1;
  const rows = Array.from({ length: count }, (_, row) => ({
    at: (start + row) * widthMs,
    failures: new Array<number>(series.length).fill(0),
  }));
  timelines.forEach((points, index) => {
    const column = series.findIndex((one) => one.index === Math.min(index, OWN_COLOURS));
    for (const { at, failures } of points) {
      const row = rows[Math.floor(at / widthMs) - start]?.failures;
      if (row !== undefined) row[column] = (row[column] ?? 0) + failures;
    }
  });
  return { widthMs, series, rows };
}

function spanOf(times: readonly number[]): { first: number; last: number } | null {
  if (times.length === 0) return null;
  return {
    first: times.reduce((least, at) => Math.min(least, at)),
    last: times.reduce((most, at) => Math.max(most, at)),
  };
}

function pointsOf({ timeline }: Diagnosis): Point[] {
  return timeline
    .map(({ at, failures }) => ({ at: Date.parse(at), failures }))
    .filter(({ at, failures }) => Number.isFinite(at) && failures > 0);
}

/** Causes without a failure have no series: a legend of nothing says nothing. */
function seriesOf(diagnoses: readonly Diagnosis[]): TimelineSeries[] {
  const own = diagnoses
    .slice(0, OWN_COLOURS)
    .map((diagnosis, index) => ({ index, name: diagnosis.title, diagnosis }))
    .filter(({ diagnosis }) => pointsOf(diagnosis).length > 0)
    .map(({ index, name }) => ({ index, name }));
  const rest = diagnoses.slice(OWN_COLOURS).some((diagnosis) => pointsOf(diagnosis).length > 0);
  return rest ? [...own, { index: OWN_COLOURS, name: 'Other causes' }] : own;
}

/** How wide the buckets of a timeline are: it becomes coarser only when there are too many of them. */
function widthOf(points: readonly Point[]): number {
  if (points.length < LEAST_COARSENED) return MINUTE;
  const begins = (width: number): boolean => points.every(({ at }) => at % width === 0);
  return WIDTHS.filter(begins).at(-1) ?? MINUTE;
}

function widthFor(first: number, last: number, least: number): number {
  const fits = (width: number): boolean => (last - first) / width < MOST_ROWS;
  return WIDTHS.find((width) => width >= least && fits(width)) ?? WIDTHS.at(-1) ?? MINUTE;
}
