import { type Html, html } from './html.ts';

/** A bar of a part of a whole, for the eye alone: the numbers stand beside it. */
export function shareBar(part: number, total: number, colour: string): Html {
  const share = total > 0 ? Math.min(100, (part / total) * 100) : 0;
  // What is there shows, however little it is.
  const width = part > 0 ? Math.max(0.8, share).toFixed(1) : '0';
  return html`<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="4"></rect><rect class="fill-${colour}" width="${width}" height="4"></rect></svg>`;
}
