import type { Diagnosis, Fix } from '../diagnosis.ts';
import { bodyWidth, hanging, labelled, type Page } from './page.ts';
import { wrapText } from './wrap.ts';

const STEP_INDENT = 3;
const COMMAND_INDENT = '  ';

/** What to do, how to check that it worked, and what to read. Commands are never broken: they are for copying. */
export function renderSteps(page: Page, { fixes, docs }: Diagnosis): string[] {
  const checks = [...new Set(fixes.flatMap(({ verify }) => verify))];
  return [
    ...labelled(
      page,
      'do',
      fixes.flatMap((fix, index) => renderStep(page, fix, index + 1)),
    ),
    ...labelled(page, 'check', checks.map(page.style.cyan)),
    ...labelled(page, 'read', docs.map(page.style.dim)),
  ];
}

function renderStep(page: Page, fix: Fix, number: number): string[] {
  const width = bodyWidth(page) - STEP_INDENT;
  const lines = [
    ...wrapText(fix.title, width),
    ...(fix.why === '' ? [] : wrapText(fix.why, width).map(page.style.dim)),
    ...fix.commands.map((command) => COMMAND_INDENT + page.style.cyan(command)),
  ];
  return hanging(`${number}  `, lines);
}
