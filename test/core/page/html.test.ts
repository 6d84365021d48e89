import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, html, trusted } from '../../../core/page/html.ts';

describe('html', () => {
  it('escapes texts and leaves markup as it is, also in lists', () => {
    const item = html`<li>${'<b>'}</li>`;
    expect(html`<ul title="${'"x"'}">${[item, trusted('<hr>'), 3, null]}</ul>`.markup).toBe(
      '<ul title="&quot;x&quot;"><li>&lt;b&gt;</li><hr>3</ul>',
    );
  });

  it('never lets a text end its element or its attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
      }),
    );
  });
});
