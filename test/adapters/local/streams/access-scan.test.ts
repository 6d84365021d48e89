import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanStatuses } from '../../../../adapters/local/streams/access-scan.ts';
import type { StatusAnchor } from '../../../../core/parse/log-format.ts';

const QUOTES: StatusAnchor = { quotes: 2, skip: 1 };
const NEEDLE: StatusAnchor = { needle: '"status":' };

/** The status of one line, the slow and obvious way. */
function statusOf(line: string, anchor: StatusAnchor): number {
  const pattern =
    'quotes' in anchor
      ? /^[^"]*"[^"]*".(\d{3})(?!\d)/
      : /^(?:(?!"status":).)*"status":[^\d]{0,3}(\d{3})(?!\d)/;
  return Number(pattern.exec(line)?.[1] ?? -1);
}

const line = fc.oneof(
  fc.constantFrom(
    '',
    '"',
    '""',
    '"" 200',
    '"" 5021',
    '" 502',
    '"GET / HTTP/1.1" 502 157 "-" "curl"',
    '"GET /" 200',
    '{"status":502}',
    '{"status": "504","a":1}',
    '{"other":"status","status":200}',
    '{"status":',
    `"${'x'.repeat(40_000)}" 502`,
    'y'.repeat(70_000),
  ),
  fc.string({ unit: fc.constantFrom('"', ' ', '5', '0', '2', ':', 'status', '"status":') }),
);

describe('scanStatuses', () => {
  it.each([
    ['quotes', QUOTES],
    ['needle', NEEDLE],
  ])('finds what a look at each line by itself finds, by %s', (_, anchor) => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const counts = new Float64Array(1000);
        const text = lines.map((one) => `${one}\n`).join('');
        const scan = scanStatuses(Buffer.from(text, 'latin1'), anchor, counts);
        const statuses = lines.map((one) => statusOf(one, anchor));
        const odd = lines.flatMap((one, index) => {
          const start = lines.slice(0, index).join('\n').length + (index > 0 ? 1 : 0);
          const isOdd = [0, 9, 500, 502, 504, -1].includes(statuses[index] ?? -1);
          return isOdd && one !== '' ? [{ start, line: index + 1 }] : [];
        });
        expect(scan).toEqual({ lines: lines.length, odd });
        expect([...counts]).toEqual(
          [...counts].map((_count, status) => statuses.filter((one) => one === status).length),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('takes linear time where no line has a quote', () => {
    const chunk = Buffer.from('x\n'.repeat(2_000_000));
    const startedAt = performance.now();
    expect(scanStatuses(chunk, QUOTES, new Float64Array(1000)).lines).toBe(2_000_000);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
