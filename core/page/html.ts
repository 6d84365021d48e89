/** Markup that is safe to put into a page: made by `html`, which escapes every text that is put into it. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

type Part = Html | string | number | null | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Of elements, and of attributes whose value is in double quotes: `html\`<p title="${text}">${text}</p>\``. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const pieces = strings.map((text, index) => text + markupOf(parts[index] ?? null));
  return new Html(pieces.join(''));
}

/** Markup of ours that holds no text of others: a stylesheet, a chart that has been normalised. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Whatever a text holds, it stays a text, also in an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => ESCAPES[character] ?? '');
}

function markupOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'object') return part.map(markupOf).join('');
  return escapeHtml(String(part));
}
