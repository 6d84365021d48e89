import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectCommitted } from '../catalogue/committed.ts';
import { renderAlertsPage } from './alerts-page.ts';
import { lifeOfAnIncident } from './life-of-an-incident.ts';

const PAGE = 'docs/alerts.md';

test('docs/alerts.md shows what the pipeline sends (UPDATE_DOCS=1 writes it)', async () => {
  expectCommitted(PAGE, await renderAlertsPage(readFileSync(PAGE, 'utf8')));
}, 60_000);

test('the incident of the page goes through every kind of change', async () => {
  const kinds = (await lifeOfAnIncident()).map(({ kind }) => kind);
  expect(kinds).toEqual(['opened', 'refined', 'escalated', 'resolved', 'reopened', 'resolved']);
});
