import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addToCells, CELL_LIMIT, type Cells, mergeCells, newCells } from '../../core/cells.ts';
import { cellsDocument, readCells } from '../../core/records/cells-document.ts';

type Added = readonly [host: number, route: number, count: number];

/** Routes beyond the limit, so that some must go. */
const added: fc.Arbitrary<Added[]> = fc
  .tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 1, max: 5 }),
  )
  .map(([host, first, length, count]) =>
    Array.from({ length }, (_, index): Added => [host, first + index, count]),
  );

function cellsOf(...all: readonly (readonly Added[])[]): Cells {
  const cells = newCells();
  for (const [host, route, count] of all.flat()) {
    const place = { host: `web-${host}`, route: `GET /${route}`, upstream: null, status: '502' };
    addToCells(cells, place, count);
  }
  return cells;
}

function merged(...all: readonly Cells[]): Cells {
  const cells = newCells();
  for (const one of all) mergeCells(cells, one);
  return cells;
}

const documentOf = (cells: Cells) => cellsDocument(cells, CELL_LIMIT);
const totalOf = (cells: Cells) =>
  documentOf(cells)[1].reduce((sum, number, index) => sum + (index % 5 === 4 ? number : 0), 0);

describe('cells, however many places there are', () => {
  test('are the same whatever is merged with what', () => {
    fc.assert(
      fc.property(added, added, added, (a, b, c) => {
        const whole = documentOf(cellsOf(a, b, c));
        const [one, two, three] = [cellsOf(a), cellsOf(b), cellsOf(c)];
        expect(documentOf(merged(merged(one, two), three))).toEqual(whole);
        expect(documentOf(merged(one, merged(two, three)))).toEqual(whole);
        expect(documentOf(merged(three, one, two))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test('lose no failure, neither when they are many nor when they are written short', () => {
    fc.assert(
      fc.property(added, added, fc.integer({ min: 1, max: 1_200 }), (a, b, limit) => {
        const cells = cellsOf(a, b);
        const all = [...a, ...b].reduce((sum, [, , count]) => sum + count, 0);
        expect(totalOf(cells)).toBe(all);
        expect(totalOf(readCells(cellsDocument(cells, limit)))).toBe(all);
        expect(cells.fine.counts.size).toBeLessThanOrEqual(CELL_LIMIT);
      }),
      { numRuns: 60 },
    );
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(added, added, (a, b) => {
        const document = documentOf(cellsOf(a, b));
        expect(documentOf(readCells(document))).toEqual(document);
      }),
      { numRuns: 30 },
    );
  });
});
