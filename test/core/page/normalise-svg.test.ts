import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseSvg } from '../../../core/page/normalise-svg.ts';

const WORDS = {
  paints: { '#000001': 'ink' },
  titleOf: (series: number, place: number) => `${series}/${place} <of it>`,
  root: 'class="chart"',
};

describe('normaliseSvg', () => {
  it.each([
    [
      '<svg width="4" viewBox="0 0 4 2" onload="x()"><rect fill="#000001" id="a"/></svg>',
      '<svg viewBox="0 0 4 2" class="chart"><rect class="fill-ink stroke-none"></rect></svg>',
    ],
    [
      '<g><style>a{}<![CDATA[b]]></style><script>x</script></g>',
      '<g class="fill-none stroke-none"></g>',
    ],
    ['<image href="https://x/"/><a href="https://x/">y</a>', ''],
    [
      '<text x="url(#a)" y="1">a &lt; b &amp; c</text>',
      '<text y="1" class="fill-none stroke-none">a &lt; b &amp; c</text>',
    ],
    [
      '<path d="M0 0" ecmeta_series_index="1" ecmeta_data_index="2"></path>',
      '<path d="M0 0" class="fill-none stroke-none"><title>1/2 &lt;of it&gt;</title></path>',
    ],
    [
      '<path ecmeta_series_index="1" ecmeta_data_index="2" ecmeta_silent="true"></path>',
      '<path class="fill-none stroke-none"></path>',
    ],
  ])('rebuilds %s', (given, expected) => {
    expect(normaliseSvg(given, WORDS)).toBe(expected);
  });

  it('lets no script, style, reference or handler through', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      ' on',
      'load',
      '="',
      'svg',
      'script',
      'style',
      '/',
      'href',
      'rect',
      '&lt;',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const markup = normaliseSvg(pieces.join(''), WORDS);
        expect(markup).not.toMatch(/<(?!\/?(?:svg|g|path|rect|circle|line|polyline|text|title)\b)/);
        expect(markup).not.toMatch(/<[^>]*\s(?:on\w+|style|href|id)=/);
      }),
    );
  });
});
