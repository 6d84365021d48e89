import type { Diagnosis, Fix } from '../diagnosis.ts';
import { withFlags } from './flags.ts';
import { type Html, html } from './html.ts';

/** What to do, how to check that it worked, what to read. */
export function stepsSection({ fixes, docs }: Diagnosis, number: number): Html {
  const checks = [...new Set(fixes.flatMap(({ verify }) => verify))];
  return html`${
    fixes.length === 0
      ? null
      : html`<h3 id="do-${number}">What to do</h3>
<ol class="steps">${fixes.map((fix, index) => step(fix, `step ${index + 1} of cause ${number}`))}</ol>`
  }
${
  checks.length === 0
    ? null
    : html`<h3>Check that it worked</h3>
${commandBlock(checks, `the check of cause ${number}`)}`
}
${
  docs.length === 0
    ? null
    : html`<h3>Read</h3>
<ul class="docs">${docs.map((url) => html`<li>${docLink(url)}</li>`)}</ul>`
}`;
}

function step({ title, why, commands }: Fix, name: string): Html {
  return html`<li><p class="todo">${withFlags(title)}</p>
${why === '' ? null : html`<p class="why">${why}</p>`}
${commands.length === 0 ? null : commandBlock(commands, name)}</li>
`;
}

/** Commands are never wrapped: they are for copying. The page's script puts a button beside them. */
function commandBlock(commands: readonly string[], name: string): Html {
  return html`<div class="commands"><pre tabindex="0" role="region" aria-label="Commands of ${name}"><code>${commands.join('\n')}</code></pre></div>`;
}

/** Without a referrer nobody learns where a report is kept. */
function docLink(url: string): Html {
  const shown = url.replace(/^https:\/\//, '');
  if (!url.startsWith('https://')) return html`${url}`;
  return html`<a href="${url}" rel="noreferrer noopener">${shown}</a>`;
}
