import { type Html, html } from './html.ts';

/** A text in which `--timeout` is never broken after its hyphens. */
export function withFlags(text: string): Html {
  const words = text.split(' ').map((word, index) => {
    const space = index === 0 ? '' : ' ';
    return /^-{1,2}[a-z]/.test(word)
      ? html`${space}<span class="flag">${word}</span>`
      : `${space}${word}`;
  });
  return html`${words}`;
}
