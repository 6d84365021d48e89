import { OWN_COLOURS } from './cause-colour.ts';

/**
 * Colours of causes, in light and in dark: told apart by people who see few colours (after Okabe and Ito), and 3:1 or
 * more against the page. The last is of all causes that have none of their own.
 */
const LIGHT = [
  '#0072b2',
  '#d55e00',
  '#00805c',
  '#b8559b',
  '#8a6d00',
  '#4b3fb5',
  '#8f1f4f',
  '#6b7280',
];
const DARK = [
  '#5ab4f0',
  '#f08a4b',
  '#2bc59a',
  '#e39bc4',
  '#e2c54a',
  '#a79bff',
  '#ef7fa8',
  '#9aa3ad',
];
const SHADES = [1, 2, 3, 4, 5];

/** The look of a page, in light and dark, on paper and on a telephone. It names no file and no address. */
export const STYLESHEET = [
  `:root { color-scheme: light dark; --ink: #1c2128; --soft: #57606a; --line: #d5dae0; --paper: #ffffff; --shell: #f5f6f8; --card: #ffffff; --link: #0a58a8; --mark: #8a3b00; --good: #14653a; --mid: #7a5200; --bad: #a3201d; --shade: 0, 114, 178; ${variables(LIGHT)} }`,
  `@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a9b1bb; --line: #363c45; --paper: #14171b; --shell: #1e2228; --card: #191d22; --link: #83bdf5; --mark: #f2b183; --good: #6fd09b; --mid: #e6bd62; --bad: #ff9b94; --shade: 90, 180, 240; ${variables(DARK)} } }`,
  ...LIGHT.map((_, index) => colourRules(`c${index + 1}`)),
  ...SHADES.map(
    (shade) => `.shade-${shade} { background: rgba(var(--shade), ${(shade * 0.07).toFixed(2)}); }`,
  ),
  `
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem 1.25rem 3rem; max-width: 60rem; overflow-wrap: break-word; }
h1, h2, h3, p, ul, ol, dl, dd, figure, pre { margin: 0; }
h1 { font-size: 1.55rem; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; }
h3 { margin-top: 1.5rem; font-size: 1rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
code, pre { font: 0.85em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
#causes:focus { outline: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
thead.unseen th { padding: 0; }
.skip { position: absolute; left: -999rem; padding: 0.5rem 1rem; background: var(--card); }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; }
.brand { color: var(--soft); font-size: 0.8rem; letter-spacing: 0.02em; }
.more { margin-top: 0.25rem; color: var(--soft); }
section, .cause { margin-top: 2.25rem; }
.swatch { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em; border-radius: 2px; }
.share { display: block; width: 100%; height: 5px; border-radius: 2px; }
.track { fill: var(--line); }

.glance { margin-top: 0.9rem; }
.glance ol { list-style: none; padding: 0; }
.glance li { display: grid; grid-template-columns: 2.6rem minmax(0, 1fr) 7rem; column-gap: 0.5rem; padding: 0.45rem 0; border-top: 1px solid var(--line); }
.glance li:last-child { border-bottom: 1px solid var(--line); }
.glance .number { font-variant-numeric: tabular-nums; color: var(--soft); }
.glance .verdict { font-weight: 600; line-height: 1.35; }
.glance .verdict a { color: inherit; text-decoration-color: transparent; }
.glance .verdict a:hover, .glance .verdict a:focus { text-decoration-color: currentColor; }
.glance .when, .glance .first { font-size: 0.9rem; line-height: 1.45; }
.glance .when { color: var(--soft); }
.glance .first a { color: var(--ink); text-decoration-color: var(--soft); }
.glance .much { display: flex; flex-wrap: wrap; align-content: start; justify-content: flex-end; column-gap: 0.6em; font-variant-numeric: tabular-nums; text-align: right; }
.glance .much b { font-size: 1.1rem; line-height: 1.35; }
.glance .much span { min-width: 2.6em; color: var(--soft); line-height: 1.5; }
.glance .short { padding: 0.2rem 0; }
.glance .short .verdict { font-weight: 400; }
.glance .short .much b { font-size: 1rem; line-height: 1.4; }
.glance .short .much .share { display: none; }
.glance .rest { margin-top: 0.3rem; font-size: 0.9rem; }
.flag { white-space: nowrap; }
.route, .verdict, .counts, .todo { overflow-wrap: anywhere; }
.glance .none { color: var(--soft); font-size: 0.85rem; }

.timeline { margin-top: 1.1rem; }
.timeline h2 { font-size: 1rem; }
figure { margin-top: 0.25rem; }
.chart { display: block; width: 100%; height: auto; }
.chart.narrow { display: none; }
.chart text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; font-variant-numeric: tabular-nums; stroke: none; }
.chart path { stroke-width: 1; }
.fill-none { fill: none; }
.stroke-none { stroke: none; }
.fill-ink { fill: var(--soft); }
.stroke-line { stroke: var(--line); }
.stroke-paper { stroke: var(--paper); }
.stroke-mark { stroke: var(--mark); }
.restarts, .quiet { margin-top: 0.4rem; color: var(--soft); font-size: 0.85rem; }
details { margin-top: 0.5rem; font-size: 0.9rem; }
summary { width: fit-content; cursor: pointer; color: var(--link); }

.cause { border: 1px solid var(--line); border-left-width: 6px; border-radius: 6px; padding: 1.1rem 1.4rem 1.4rem; background: var(--card); }
.cause h2 .number { color: var(--soft); font-weight: 400; margin-right: 0.25rem; }
.id { margin-top: 0.1rem; color: var(--soft); font-size: 0.9rem; }
.part { margin-top: 0.7rem; font-variant-numeric: tabular-nums; }
.part .share { margin-top: 0.35rem; }
.facts { display: grid; gap: 0.3rem; margin-top: 1rem; }
.facts > div { display: grid; grid-template-columns: 6rem minmax(0, 1fr); }
.facts dt { color: var(--soft); }
.counts { display: flex; flex-wrap: wrap; gap: 0 1.4rem; padding: 0; list-style: none; }
.counts li { min-width: 0; }
.counts b { margin-left: 0.3em; font-variant-numeric: tabular-nums; }
.sure { margin-top: 0.2rem; }
.confirmed { color: var(--good); }
.likely { color: var(--mid); }
.unexplained { color: var(--bad); }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
.evidence { width: 100%; margin-top: 0.6rem; font-size: 0.9rem; }
.evidence td { padding: 0.12rem 0.9rem 0.12rem 0; vertical-align: top; }
.evidence td:last-child { padding-right: 0; width: 100%; overflow-wrap: anywhere; }
.evidence .side th { padding-top: 0.5rem; color: var(--soft); font-size: 0.8rem; }
.place, .time { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
.also { margin-top: 0.7rem; padding-left: 1.1rem; color: var(--soft); font-size: 0.95rem; }
.lines dl { margin-top: 0.4rem; }
.lines dt { color: var(--soft); font-size: 0.8rem; }
.lines dd { margin: 0 0 0.4rem; white-space: pre; }
.steps { padding-left: 1.5rem; }
.steps li { margin-top: 0.8rem; }
.steps li::marker { font-weight: 600; color: var(--soft); }
.todo { font-weight: 600; }
.why { color: var(--soft); font-size: 0.95rem; max-width: 46rem; }
.commands { position: relative; margin-top: 0.5rem; }
.commands pre { overflow-x: auto; padding: 0.6rem 5rem 0.6rem 0.8rem; border-radius: 4px; background: var(--shell); }
.commands code { font-size: 0.85rem; }
.commands button { position: absolute; top: 0.35rem; right: 0.35rem; min-width: 4.2rem; padding: 0.2rem 0.6rem; border: 1px solid var(--line); border-radius: 4px; background: var(--card); color: var(--ink); font: inherit; font-size: 0.8rem; cursor: pointer; }
.commands button:hover { border-color: var(--soft); }
.docs { padding: 0; list-style: none; font-size: 0.95rem; overflow-wrap: anywhere; }

.scroll { position: relative; overflow-x: auto; margin-top: 0.6rem; }
.numbers { min-width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.numbers th, .numbers td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); }
.numbers td, .numbers thead th + th { text-align: right; white-space: nowrap; }
.numbers tr > :first-child { padding-left: 0; }
.numbers tbody th { font-weight: 400; overflow-wrap: anywhere; }
.numbers thead th { color: var(--soft); font-size: 0.8rem; }
.numbers tfoot td, .numbers tfoot th { border-bottom: 0; font-weight: 600; }
.matrix td, .matrix th { min-width: 3.6rem; }
.matrix th:first-child { width: 100%; }
.files td, .files thead th + th { text-align: left; white-space: normal; }
.numbers .count { text-align: right; }
.files tbody th, .files td:nth-child(3) { white-space: nowrap; }
.files td:last-child { min-width: 14rem; }
.directory { margin-top: 0.4rem; color: var(--soft); font-size: 0.9rem; overflow-wrap: anywhere; }
.matrix tbody th { min-width: 10rem; }
.limits ul { margin-top: 0.5rem; padding-left: 1.1rem; }
.story { margin-top: 0.5rem; padding-left: 1.2rem; }
footer { margin-top: 2.5rem; padding-top: 0.8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem; }

@media (max-width: 40rem) {
  body { padding: 0.75rem 1rem 2rem; }
  h1 { font-size: 1.3rem; }
  .glance li { grid-template-columns: 2.2rem minmax(0, 1fr) 4.2rem; column-gap: 0.4rem; }
  .glance .much { display: block; }
  .glance .much b, .glance .much span { display: block; }
  .chart.wide { display: none; }
  .chart.narrow { display: block; }
  .cause { padding: 0.9rem 0.9rem 1.1rem; border-left-width: 4px; }
  .facts > div { grid-template-columns: 5.8rem minmax(0, 1fr); }
  .evidence, .evidence tbody, .evidence tr, .evidence td, .evidence .side th { display: block; }
  .evidence thead { display: none; }
  .evidence td { padding: 0; }
  .evidence .place, .evidence .time { display: inline-block; margin-right: 0.6rem; font-size: 0.8rem; white-space: normal; overflow-wrap: anywhere; }
  .evidence .says { margin-bottom: 0.5rem; }
  .commands pre { padding-top: 2.4rem; padding-right: 0.8rem; }
}

@media print {
  @page { margin: 15mm; }
  :root { color-scheme: light; --ink: #000000; --soft: #444444; --line: #c4c9cf; --paper: #ffffff; --shell: #f5f6f8; --card: #ffffff; --link: #000000; --mark: #8a3b00; --good: #14653a; --mid: #7a5200; --bad: #a3201d; --shade: 0, 114, 178; ${variables(LIGHT)} }
  html { font-size: 10pt; }
  body { padding: 0; max-width: none; }
  .skip, .commands button { display: none; }
  summary { list-style: none; color: var(--soft); }
  summary::marker { content: ''; }
  .chart.wide { display: block; }
  .chart.narrow { display: none; }
  .cause { border-top: 0; border-right: 0; border-bottom: 0; border-radius: 0; padding: 0 0 0 1rem; }
  .scroll, .commands pre { overflow: visible; }
  .commands pre, .lines dd { white-space: pre-wrap; overflow-wrap: anywhere; }
  .commands pre { padding: 0.4rem 0.6rem; border: 1px solid var(--line); }
  h2, h3, summary { break-after: avoid; }
  .glance li, .steps li, .evidence tr, figure, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .swatch, .share, .chart, .shade-1, .shade-2, .shade-3, .shade-4, .shade-5 { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (forced-colors: active) { .swatch, .share, .chart { forced-color-adjust: none; } }
`,
].join('\n');

function variables(colours: readonly string[]): string {
  return colours
    .slice(0, OWN_COLOURS + 1)
    .map((colour, index) => `--c${index + 1}: ${colour};`)
    .join(' ');
}

function colourRules(name: string): string {
  return `.fill-${name} { fill: var(--${name}); background: var(--${name}); } .cause.border-${name} { border-left-color: var(--${name}); }`;
}
