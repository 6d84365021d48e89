import { expect, test } from 'vitest';
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import { renderCausesPage } from '../../../core/catalogue/render-docs.ts';
import { expectCommitted } from './committed.ts';

test('docs/causes.md is the rendered catalogue (UPDATE_DOCS=1 writes it)', () => {
  expectCommitted('docs/causes.md', renderCausesPage());
});

test('the page has a heading for each cause, which links can name', () => {
  const headings = [...renderCausesPage().matchAll(/^### (.+)$/gm)].map((match) => match[1]);
  expect(headings.sort()).toEqual(Object.keys(CATALOGUE).sort());
});

test('every link of the table of contents leads to a heading', () => {
  const page = renderCausesPage();
  const anchors = [...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [, target] of page.matchAll(/\]\(#([^)]+)\)/g)) {
    expect(anchors).toContain(target);
  }
});
