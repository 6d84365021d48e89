/**
 * Failures by host, route, upstream and status at once, so that any combination of them can be asked for. Of bounded
 * size whatever the input, by a merge that is commutative and associative: beyond `CELL_LIMIT` only host and status
 * are kept of what comes last in the order of `Tally`.
 */
import { addBounded, addToTally, mergeTally, newTally, type Tally } from './tally.ts';

/** Where failures were; `null` where no log tells. */
export type Place = {
  readonly host: string;
  readonly route: string | null;
  readonly upstream: string | null;
  readonly status: string;
};

export type Cells = {
  /** By all of a place, written as `nameOf` does. */
  readonly fine: Tally;
  /** By host and status. */
  readonly coarse: Tally;
};

/** Cells kept of one cause. */
export const CELL_LIMIT = 1_024;

export function newCells(): Cells {
  return { fine: newTally(), coarse: newTally() };
}

/** Adds failures at one place, in place. */
export function addToCells(cells: Cells, { host, route, upstream, status }: Place, count: number) {
  addNamed(cells, JSON.stringify([host, status, route, upstream]), count);
}

/** Adds all of `from` into `into`, in place. */
export function mergeCells(into: Cells, from: Cells): void {
  for (const [name, count] of from.fine.counts) addNamed(into, name, count);
  mergeTally(into.coarse, from.coarse);
}

function addNamed(cells: Cells, name: string, count: number): void {
  const dropped = addBounded(cells.fine, { name, count }, CELL_LIMIT);
  if (dropped) addToCoarse(cells, dropped.name, dropped.count);
}

function addToCoarse({ coarse }: Cells, name: string, count: number): void {
  const [host, status] = JSON.parse(name);
  addToTally(coarse, JSON.stringify([host, status]), count);
}

/** Cells with at most `limit` places told apart: those with the most failures. */
export function shortened({ fine, coarse }: Cells, limit: number): Cells {
  const short = newCells();
  short.coarse.other = coarse.other;
  for (const [name, count] of byCount(coarse).slice(0, limit)) short.coarse.counts.set(name, count);
  for (const [, count] of byCount(coarse).slice(limit)) short.coarse.other += count;
  for (const [name, count] of byCount(fine).slice(0, limit)) short.fine.counts.set(name, count);
  for (const [name, count] of byCount(fine).slice(limit)) addToCoarse(short, name, count);
  return short;
}

function byCount({ counts }: Tally): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
