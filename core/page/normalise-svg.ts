import { escapeHtml } from './html.ts';

/** What a chart may be made of: shapes and texts. Anything else a library writes is left out. */
const ELEMENTS = new Set(['svg', 'g', 'path', 'rect', 'circle', 'line', 'polyline', 'text']);
const ATTRIBUTES = new Set([
  ...['d', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'width', 'height', 'cx', 'cy', 'r', 'points'],
  ...['transform', 'text-anchor', 'dominant-baseline', 'viewBox'],
  ...['stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin'],
]);
const PLAIN_VALUE = /^[\w\s.,()+-]*$/;
/** A tag, or what is between two; a `<` that begins no tag is text. */
const TOKEN = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*\/?>|<|[^<]+/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

type Tag = {
  /** `null`: it is the text between two tags. */
  readonly name: string | null;
  readonly isEnd: boolean;
  readonly attributes: string;
  readonly whole: string;
};

export type SvgWords = {
  /** Classes for the colours that the chart was drawn with. Any other colour is left out. */
  readonly paints: Readonly<Record<string, string>>;
  /** What a shape of the data says, by its series and its place in it. */
  readonly titleOf: (series: number, place: number) => string | null;
  /** Attributes of the outermost element, ours. */
  readonly root: string;
};

/**
 * A chart as a library wrote it, rebuilt of shapes and texts alone: no style, script, reference, id or handler is left,
 * and colours are classes, so that a page may have two sets of them. Linear in its length.
 */
export function normaliseSvg(svg: string, words: SvgWords): string {
  const output: string[] = [];
  let hidden: string | null = null;
  for (const [whole, slash, name, attributes = ''] of svg.matchAll(TOKEN)) {
    const tag = { name: name ?? null, isEnd: slash === '/', attributes, whole };
    if (hidden === null) {
      hidden = hiddenBy(tag);
      if (hidden === null) output.push(markupOf(tag, words));
    } else if (tag.isEnd && tag.name === hidden) hidden = null;
  }
  return output.join('');
}

/** The element whose content is left out, too. */
function hiddenBy({ name, isEnd, whole }: Tag): string | null {
  if (name === null || ELEMENTS.has(name)) return null;
  return isEnd || whole.endsWith('/>') ? null : name;
}

function markupOf(tag: Tag, words: SvgWords): string {
  if (tag.name === null) return textOf(tag.whole);
  if (!ELEMENTS.has(tag.name)) return '';
  return tag.isEnd ? `</${tag.name}>` : openTag(tag, words);
}

/** Between tags only the words of a text matter; a `<` that begins no tag is one of them. */
function textOf(text: string): string {
  return escapeHtml(text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? ''))
    .replace(/\s+/g, ' ')
    .trim();
}

function openTag({ name, attributes, whole }: Tag, words: SvgWords): string {
  const given = new Map(
    [...attributes.matchAll(ATTRIBUTE)].map(([, key = '', value = '']) => [key, value]),
  );
  const kept = [...given]
    .filter(([key, value]) => ATTRIBUTES.has(key) && PLAIN_VALUE.test(value))
    .filter(([key]) => name !== 'svg' || key === 'viewBox')
    .map(([key, value]) => ` ${key}="${value}"`);
  const own = name === 'svg' ? ` ${words.root}` : classesOf(given, words);
  const open = `<${name}${kept.join('')}${own}>`;
  const closed = whole.endsWith('/>') ? `</${name}>` : '';
  return `${open}${titleOf(given, words)}${closed}`;
}

function classesOf(given: ReadonlyMap<string, string>, { paints }: SvgWords): string {
  const classes = (['fill', 'stroke'] as const).map((kind) => {
    const paint = paints[given.get(kind) ?? ''];
    return `${kind}-${paint ?? 'none'}`;
  });
  return ` class="${classes.join(' ')}"`;
}

function titleOf(given: ReadonlyMap<string, string>, words: SvgWords): string {
  const series = given.get('ecmeta_series_index');
  const place = given.get('ecmeta_data_index');
  // A mark has the indexes of the series that it belongs to.
  if (given.get('ecmeta_silent') === 'true') return '';
  if (series === undefined || place === undefined) return '';
  const title = words.titleOf(Number(series), Number(place));
  return title === null ? '' : `<title>${escapeHtml(title)}</title>`;
}
