/** The HTML report as people see it: in a real browser, from a file, in light and dark, narrow, and on paper. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import { writePage } from '../../bin/commands/write-page.ts';
import type { DiagnosisReport } from '../../core/diagnosis.ts';
import { formatCount } from '../../core/messages/numbers.ts';
import type { Truth } from '../../lab/truth.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { startChromium } from './chromium.ts';
import { manyCauses } from './many-causes.ts';

const LAB = join(import.meta.dirname, '../fixtures/lab');
const OUT = join(import.meta.dirname, 'out');
const LAPTOP = { width: 1366, height: 768 };
const A4 = { width: 794, height: 1123 };
const PHONE = { width: 375, height: 812 };

const REPORTS: Readonly<Record<string, () => Promise<DiagnosisReport>>> = {
  demo: () => diagnosed('demo-report-timeouts'),
  restarts: () => diagnosed('deploy-tcp'),
  healthy: () => diagnosed('healthy-combined'),
  many: async () =>
    manyCauses(
      await Promise.all(
        [
          'mixed-three-causes',
          'deploy-tcp',
          'dns-refused',
          'invalid-header',
          'app-errors',
          'boot-import-error',
          'nginx-open-files',
        ].map(diagnosed),
      ),
    ),
};
const NAMES = Object.keys(REPORTS);
const reports = new Map<string, DiagnosisReport>();

let browser: Browser;

beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await startChromium();
  for (const [name, make] of Object.entries(REPORTS)) {
    const report = await make();
    reports.set(name, report);
    writePage(fileOf(name), report);
  }
});
afterAll(async () => browser?.close());

describe('the page of a report', () => {
  describe.each(NAMES)('%s', (name) => {
    it('loads nothing else and says nothing in the console', async () => {
      await withPage(name, {}, async (page, told) => {
        expect(told.requests).toEqual([urlOf(name)]);
        expect(told.messages).toEqual([]);
        expect(await page.title()).not.toBe('');
      });
    });

    it('has the numbers of the report in its charts and tables', async () => {
      const report = reportOf(name);
      await withPage(name, {}, async (page) => {
        const cells = await page.locator('.places tfoot tr td:last-child').allTextContents();
        const failing = report.diagnoses.filter(({ failures }) => failures > 0);
        const total = formatCount(report.failures);
        expect(cells).toEqual(failing.length === 0 ? [] : [total, total]);
        const sums = await page.locator('.timeline tfoot td').allTextContents();
        expect(sums.at(-1)).toBe(report.failures > 0 ? total : undefined);
        expect(await chartSum(page)).toBe(report.failures);
      });
    });

    it('has a card of each cause with its number and its steps', async () => {
      await withPage(name, {}, async (page) => {
        const { diagnoses } = reportOf(name);
        expect(await page.locator('.cause').count()).toBe(diagnoses.length);
        for (const [index, one] of diagnoses.entries()) {
          const card = page.locator(`#cause-${index + 1}`);
          expect(await card.getAttribute('data-cause')).toBe(one.cause);
          const part = await card.locator('.part').innerText();
          expect(part).toContain(one.failures > 0 ? formatCount(one.failures) : 'no request');
          expect(await card.locator('.steps > li').count()).toBe(one.fixes.length);
        }
      });
    });

    it.each(['light', 'dark'] as const)(
      'has no serious accessibility fault in %s',
      async (colorScheme) => {
        await withPage(name, { colorScheme }, async (page) => {
          expect(await seriousFaults(page)).toEqual([]);
          await page.screenshot({ path: join(OUT, `${name}-${colorScheme}.png`), fullPage: true });
          await page.screenshot({ path: join(OUT, `${name}-${colorScheme}-fold.png`) });
        });
      },
    );

    it('needs no sideways scrolling on a telephone', async () => {
      await withPage(name, { viewport: PHONE }, async (page) => {
        const width = await page.evaluate('document.documentElement.scrollWidth');
        await page.screenshot({ path: join(OUT, `${name}-narrow.png`), fullPage: true });
        expect(width).toBeLessThanOrEqual(PHONE.width);
        expect(await seriousFaults(page)).toEqual([]);
      });
    });

    it('prints, with what is folded away', async () => {
      await withPage(name, {}, async (page) => {
        const pdf = await page.pdf({ path: join(OUT, `${name}.pdf`), format: 'A4' });
        expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
        await page.emulateMedia({ media: 'print' });
        await page.setViewportSize(A4);
        await page.screenshot({ path: join(OUT, `${name}-print.png`), fullPage: true });
      });
    });
  });

  it('says what broke, since when and what to do without scrolling on a laptop', async () => {
    await withPage('demo', {}, async (page) => {
      for (const text of ['h1', '.glance .when', '.glance .first', '.chart.wide']) {
        const boxes = await Promise.all(
          (await page.locator(text).all()).map((one) => one.boundingBox()),
        );
        expect(boxes.length, text).toBeGreaterThan(0);
        for (const box of boxes) {
          expect((box?.y ?? 0) + (box?.height ?? 0), text).toBeLessThanOrEqual(LAPTOP.height);
        }
      }
    });
  });

  it('is whole without its script, and with it commands can be copied by keyboard', async () => {
    await withPage('demo', { javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('.commands pre').count()).toBeGreaterThan(3);
      expect(await page.locator('.commands button').count()).toBe(0);
    });
    await withPage('demo', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      const block = page.locator('.commands').first();
      await block.locator('button').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => block.locator('button').innerText()).toBe('Copied');
      const copied = await page.evaluate('navigator.clipboard.readText()');
      expect(copied).toBe(reportOf('demo').diagnoses[0]?.fixes[0]?.commands.join('\n'));
    });
  });

  it('shows hostile lines as text', async () => {
    const report = JSON.parse(JSON.stringify(reportOf('demo')), (_, value) =>
      typeof value === 'string' && value.includes('GET ')
        ? `${value}<script>alert(1)</script><img src=x onerror=alert(1)>"'>${'\u202e'}`
        : value,
    ) as DiagnosisReport;
    writePage(fileOf('hostile'), report);
    await withPage('hostile', {}, async (page, told) => {
      expect(told).toEqual({ requests: [urlOf('hostile')], messages: [] });
      expect(await page.locator('img, iframe').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(1);
      expect(await page.locator('body').innerText()).toContain('<img src=x onerror=alert(1)>');
    });
  });
});

/** Each bar says its number to those who point at it. */
async function chartSum(page: Page): Promise<number> {
  const titles = await page.locator('.chart.wide title').allTextContents();
  return titles.reduce((sum, title) => {
    const count = /: ([\d,]+) failures?, /.exec(title)?.[1] ?? 'nothing';
    return sum + Number(count.replaceAll(',', ''));
  }, 0);
}

async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

type Told = { readonly requests: string[]; readonly messages: string[] };

async function withPage(
  name: string,
  options: BrowserContextOptions,
  look: (page: Page, told: Told) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: LAPTOP, ...options });
  const page = await context.newPage();
  const told: Told = { requests: [], messages: [] };
  page.on('request', (request) => told.requests.push(request.url()));
  page.on('console', (message) => told.messages.push(message.text()));
  page.on('pageerror', (error) => told.messages.push(error.message));
  try {
    await page.goto(urlOf(name), { waitUntil: 'load' });
    await look(page, told);
  } finally {
    await context.close();
  }
}

function reportOf(name: string): DiagnosisReport {
  const report = reports.get(name);
  if (report === undefined) throw new Error(`no report ${name}`);
  return report;
}

function fileOf(name: string): string {
  return join(OUT, `${name}.html`);
}

function urlOf(name: string): string {
  return pathToFileURL(fileOf(name)).href;
}

/** What the command line says of a recorded scenario. */
async function diagnosed(scenario: string): Promise<DiagnosisReport> {
  const directory = join(LAB, scenario);
  const truth = JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as Truth;
  const { report } = await diagnoseFiles(optionsOfArguments(truth, directory));
  return report;
}
