import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../../core/diagnosis.ts';
import type { PageIncident } from '../../../core/page/incidents.ts';
import { PAGE_START, renderPage } from '../../../core/page/render-page.ts';
import {
  hostileTexts,
  nothingWrong,
  report,
  retriedOnly,
  twoCauses,
  unknownCause,
  withoutAccessLog,
} from '../messages/sample-reports.ts';

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.ChildNode;

const ALL = { nothingWrong, retriedOnly, twoCauses, unknownCause, withoutAccessLog };
const ELEMENTS = new Set(
  `html head meta title style body a header p h1 h2 h3 main section ol ul li i div b span svg rect g path text
  figure details summary table thead tbody tfoot tr th td article dl dt dd pre code time footer script`.split(
    /\s+/,
  ),
);
const INCIDENT: PageIncident = {
  id: 'shop/worker-timeout/20261120T140211Z',
  service: 'shop',
  title: 'Gunicorn killed workers',
  openedAt: '2026-11-20T14:02:11.000Z',
  lastFailureAt: '2026-11-20T14:09:40.000Z',
  resolvedAt: null,
  failures: 290,
  story: [{ at: '2026-11-20T14:02:31.000Z', what: 'opened: 5 failed within 5 min' }],
};

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function render(given: DiagnosisReport, incidents: readonly PageIncident[] = []): string {
  return renderPage(given, { sha256, version: '1.2.3', incidents });
}

describe('renderPage', () => {
  it.each(Object.entries(ALL))('makes one valid document of %s', (_, given) => {
    const page = render(given);
    const errors: string[] = [];
    parse(page, { onParseError: ({ code }) => errors.push(code) });
    expect(errors).toEqual([]);
    expect(page.startsWith(PAGE_START)).toBe(true);
    expect(elementsOf(page).filter(({ tagName }) => tagName === 'h1')).toHaveLength(1);
  });

  it.each(Object.entries(ALL))('loads nothing, and forbids it, in %s', (_, given) => {
    expectHarmless(render(given));
  });

  it('allows its own style and script alone', () => {
    const page = render(twoCauses);
    const [style = '', script = ''] = ['style', 'script'].map((name) => textOf(find(page, name)));
    const policy = elementsOf(page).find((one) => attribute(one, 'http-equiv') !== undefined);
    expect(attribute(policy, 'content')).toBe(
      `default-src 'none'; style-src 'sha256-${sha256(style)}'; script-src 'sha256-${sha256(script)}'; base-uri 'none'; form-action 'none'`,
    );
  });

  it('says the verdict, each cause with its place in the logs, its steps and its commands', () => {
    const text = textOf(find(render(twoCauses), 'body'));
    for (const words of [
      '312 of 4,870 requests failed (6.4\u00a0%) between 14:02:11 and 14:09:40 UTC on 2026-11-20.',
      'Gunicorn killed workers that took longer than 30 s',
      '290 of 312 failed requests · 93\u00a0%',
      'web-1/gunicorn.log:90',
      'WORKER TIMEOUT (pid:3438)',
      'Looked for, not found: an out-of-memory kill, a restart.',
      'gunicorn --timeout 90',
    ]) {
      expect(text).toContain(words);
    }
    const ids = elementsOf(render(twoCauses)).flatMap((one) => attribute(one, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('links to what is there', () => {
    const elements = elementsOf(render(twoCauses));
    const ids = new Set(elements.flatMap((one) => attribute(one, 'id') ?? []));
    const links = elements.flatMap((one) => attribute(one, 'href') ?? []);
    const inside = links.filter((link) => link.startsWith('#')).map((link) => link.slice(1));
    expect(inside.length).toBeGreaterThan(4);
    expect(inside.filter((id) => !ids.has(id))).toEqual([]);
    const labels = elements.flatMap((one) => attribute(one, 'aria-labelledby') ?? []);
    expect(labels.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('says that nothing is wrong in a sentence', () => {
    const text = textOf(find(render(nothingWrong), 'h1'));
    expect(text).toMatch(/^No failed requests in /);
  });

  it('tells of incidents when they are given', () => {
    expect(render(twoCauses)).not.toContain('Incidents</h2>');
    const text = textOf(find(render(twoCauses, [INCIDENT]), 'body'));
    expect(text).toContain('shop: 290 failed since 2026-11-20\u00a014:02:11\u00a0UTC');
    expect(text).toContain('still open');
  });

  it('is the same each time', () => {
    expect(render(twoCauses)).toBe(render(twoCauses));
  });

  it('shows whatever the logs hold as text', () => {
    const attack = fc.constantFrom(
      '<script>alert(1)</script>',
      '"><iframe src=//x>',
      '</style><img src=x onerror=x>',
      "' onload='x",
      '</title></code></pre>',
      '\u202egnp\u0000\u001b[2J',
      'javascript:x',
      ']]>--></svg>',
    );
    const text = fc.array(fc.oneof(attack, fc.string({ unit: 'binary' })), { maxLength: 4 });
    fc.assert(
      fc.property(text, (pieces) => {
        const hostile = pieces.join('');
        expectHarmless(
          render(everywhere(twoCauses, hostile), [{ ...INCIDENT, title: hostile, id: hostile }]),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('shows hostile names of hosts, routes, files and statuses as text', () => {
    expectHarmless(render(hostileTexts));
  });

  it('takes no more than linear time for causes and their lines', () => {
    const [first] = twoCauses.diagnoses;
    if (first === undefined) throw new Error('no cause');
    const evidence = Array.from({ length: 200 }, (_, index) => ({
      ...(first.evidence[0] as (typeof first.evidence)[0]),
      line: `${index} ${'<"&\u202e'.repeat(2_000)}`,
    }));
    const page = render(report({ diagnoses: Array(20).fill({ ...first, evidence }) }));
    expect(page.length).toBeGreaterThan(1_000_000);
  });
});

/** The report with a text after every text of a log, a name or a path in it. */
function everywhere(given: DiagnosisReport, text: string): DiagnosisReport {
  const keep = new Set([
    'schema',
    'role',
    'cause',
    'mechanism',
    'signal',
    'confidence',
    'severity',
    'at',
    'from',
    'to',
  ]);
  return JSON.parse(JSON.stringify(given), (name, value) =>
    typeof value === 'string' && !keep.has(name) && !/Seen$/.test(name) ? value + text : value,
  ) as DiagnosisReport;
}

function expectHarmless(page: string): void {
  const elements = elementsOf(page);
  expect(elements.map(({ tagName }) => tagName).filter((name) => !ELEMENTS.has(name))).toEqual([]);
  expect(elements.filter(({ tagName }) => tagName === 'script')).toHaveLength(1);
  const attributes = elements.flatMap(({ tagName, attrs }) =>
    attrs.map(({ name, value }) => ({ tagName, name, value })),
  );
  const bad = attributes.filter(
    ({ tagName, name, value }) =>
      /^on|^style$|^src|^srcdoc$|^action$|^data$|^xlink/.test(name) ||
      (name === 'href' && !(tagName === 'a' && /^(?:#|https:\/\/)/.test(value))),
  );
  expect(bad).toEqual([]);
  expect(textOf(find(page, 'style'))).not.toMatch(/url\(|@import|</);
  expect(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.exec(page.replaceAll('\n', ''))).toBeNull();
}

function elementsOf(page: string): Element[] {
  const walk = (node: Node): Element[] =>
    'tagName' in node ? [node, ...node.childNodes.flatMap(walk)] : [];
  return parse(page).childNodes.flatMap(walk);
}

function find(page: string, name: string): Element {
  const found = elementsOf(page).find(({ tagName }) => tagName === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

function textOf(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attrs.find((one) => one.name === name)?.value;
}
