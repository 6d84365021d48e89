import { describe, expect, it } from 'vitest';
import { parseAccessLine } from '../../../core/parse/nginx-access.ts';
import { recogniseAccessFormat } from '../../../core/parse/recognise-access.ts';
import { combinedLine } from './nginx-writes.ts';

const COMBINED = combinedLine({});
const EXTRA =
  ' rt=0.012 uct="0.001" uht="-" urt="0.011" us="502" ua="127.0.0.1:8000" pid=2977 c=44 cr=3 ms=1795176817.250 rid=f00';
const INGRESS = ' 502 0.033 [ns-shop-80] [] 10.0.0.1:80 0 0.032 502 3db7';
const JSON_LINE =
  '{"time":"2026-11-20T12:13:37+00:00","status":502,"upstream_status":"502","request":"GET / HTTP/1.1"}';

describe('recogniseAccessFormat', () => {
  it.each([
    ['combined', COMBINED],
    ['main', `${COMBINED} "10.0.0.9"`],
    ['badgateway', COMBINED + EXTRA],
    ['ingress', COMBINED + INGRESS],
    ['json', JSON_LINE],
    ['combined and more', `${COMBINED} 0.012 x`],
    ['main and more', `${COMBINED} "-"|0.011|-`],
    ['combined and named fields', `${COMBINED} rt=0.012 foo="x y" urt="0.011"`],
    ['main and named fields', `${COMBINED} "-" x upstream_addr=10.0.0.1:80`],
    ['main and named fields', `${COMBINED} "-"rt=0.012 uct="-" uht="-" urt="0.1"`],
    ['combined after a host', `shop.example ${COMBINED}`],
    ['combined after a host and named fields', `shop.example ${COMBINED} rt=0.012`],
    ['like combined', '10.0.0.1 - - [2026-11-20T12:13:37+00:00] "GET / HTTP/1.1" 502'],
    [
      'like combined and more',
      '10.0.0.1 - [10.0.0.1] - - [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0',
    ],
    ['like combined and more', '10.0.0.1 [20/Nov/2026:12:13:37 +0000]  "GET / HTTP/1.1" 502 0 "-"'],
    [
      'like combined and named fields',
      '10.0.0.1 shop - [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0 rt=0.1',
    ],
    ['like combined and more', '[20/Nov/2026:12:13:37 +0000] 10.0.0.1 - - "GET / HTTP/1.1" 502 0'],
  ])('knows %s', (name, line) => {
    const found = recogniseAccessFormat([line, line]);
    expect(found?.name).toBe(name);
    expect(found && parseAccessLine(found.format, line)?.status).toBe(502);
  });

  it('reads the values people append by name', () => {
    const line = `${COMBINED} rt=0.012 foo="x y" urt="0.000, 0.011" us="502, 200" connection=44`;
    const format = recogniseAccessFormat([COMBINED, line, line])?.format;
    expect(format && parseAccessLine(format, line)).toMatchObject({
      requestTimeMs: 12,
      connection: 44,
      tries: [{ status: 502 }, { status: 200, responseMs: 11 }],
    });
    expect(format?.hasTries).toBe(true);
  });

  it('goes by most of the lines', () => {
    expect(recogniseAccessFormat([COMBINED, COMBINED, 'x', ''])?.name).toBe('combined');
    expect(recogniseAccessFormat([COMBINED, 'x', 'y'])).toBeNull();
    expect(recogniseAccessFormat([])).toBeNull();
  });

  it('finds where a JSON line has its status', () => {
    const anchor = (lines: string[]) => recogniseAccessFormat(lines)?.format.statusAnchor;
    expect(anchor([JSON_LINE])).toEqual({ needle: '"status":' });
    expect(anchor([JSON_LINE.replace('"status":502', '"status": "502"')])).toEqual({
      needle: '"status":',
    });
    expect(anchor([JSON_LINE.replace('{', '{"a":{"status":"200"},')])).toBeNull();
  });

  it('says whether a JSON line tells of tries', () => {
    const hasTries = (line: string) => recogniseAccessFormat([line])?.format.hasTries;
    expect(hasTries(JSON_LINE)).toBe(true);
    expect(hasTries(JSON_LINE.replace('"upstream_status":"502",', ''))).toBe(false);
  });
});
