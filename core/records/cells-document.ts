/** How cells are written into a row: each name once, and five whole numbers a cell. */
import { type Cells, newCells, shortened } from '../cells.ts';

/**
 * `[names, numbers]`: of each cell the indexes of host, status, route and upstream in `names`, then its failures. -1 is
 * what no log tells, -2 what is not told apart.
 */
export type CellsDocument = readonly [names: readonly string[], numbers: readonly number[]];

const UNKNOWN = -1;
const OTHER = -2;
const NUMBERS = 5;

/** The same cells give the same document. At most `limit` places are told apart. */
export function cellsDocument(cells: Cells, limit: number): CellsDocument {
  const { fine, coarse } =
    cells.fine.counts.size > limit || cells.coarse.counts.size > limit
      ? shortened(cells, limit)
      : cells;
  const sorted = [...fine.counts, ...coarse.counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const indexes = new Map<string, number>();
  const indexOf = (name: string | null | undefined) => {
    if (name === null) return UNKNOWN;
    if (name === undefined) return OTHER;
    if (!indexes.has(name)) indexes.set(name, indexes.size);
    return indexes.get(name) as number;
  };
  const numbers = sorted.flatMap(([text, count]) => {
    const [host, status, route, upstream]: (string | null | undefined)[] = JSON.parse(text);
    return [indexOf(host), indexOf(status), indexOf(route), indexOf(upstream), count];
  });
  if (coarse.other > 0) numbers.push(OTHER, OTHER, OTHER, OTHER, coarse.other);
  return [[...indexes.keys()], numbers];
}

/** Takes a cell's host, status, route and upstream, `null` where no log tells, `undefined` where not told apart. */
export type VisitCell = (
  host: string | undefined,
  status: string | undefined,
  route: string | null | undefined,
  upstream: string | null | undefined,
  count: number,
) => void;

/** Hands on all cells that `cellsDocument` wrote; of a row that an earlier version wrote there are none. */
export function visitCells([names, numbers]: CellsDocument, visit: VisitCell): void {
  const nameOf = (index = OTHER) => (index === UNKNOWN ? null : names[index]);
  for (let at = 0; at + NUMBERS <= numbers.length; at += NUMBERS) {
    visit(
      nameOf(numbers[at]) ?? undefined,
      nameOf(numbers[at + 1]) ?? undefined,
      nameOf(numbers[at + 2]),
      nameOf(numbers[at + 3]),
      numbers[at + 4] ?? 0,
    );
  }
}

/** The cells again. */
export function readCells(document: CellsDocument | undefined): Cells {
  const cells = newCells();
  visitCells(document ?? [[], []], (host, status, route, upstream, count) => {
    if (host === undefined) cells.coarse.other += count;
    else if (route === undefined) cells.coarse.counts.set(JSON.stringify([host, status]), count);
    else cells.fine.counts.set(JSON.stringify([host, status, route, upstream]), count);
  });
  return cells;
}
