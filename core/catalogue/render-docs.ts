import type { Fix } from '../diagnosis.ts';
import { CATALOGUE } from './catalogue.ts';
import { type Cause, FAMILIES, type Family } from './cause.ts';
import { NOTHING_KNOWN } from './fix-context.ts';

/** `docs/causes.md`: the catalogue for readers, as it stands when the evidence knows no value. */
export function renderCausesPage(): string {
  const causes = Object.values(CATALOGUE);
  const families = FAMILIES.map((family) => ({
    family,
    causes: causes.filter((cause) => cause.family === family),
  }));
  const contents = families.flatMap(({ family, causes }) => [
    `- [${FAMILY_TITLES[family]}](#${anchor(FAMILY_TITLES[family])})`,
    ...causes.map((cause) => `  - [\`${cause.id}\`](#${cause.id}) ${cause.title(NOTHING_KNOWN)}`),
  ]);
  const sections = families.flatMap(({ family, causes }) => [
    `## ${FAMILY_TITLES[family]}`,
    ...causes.map(renderCause),
  ]);
  return `${[HEAD, contents.join('\n'), ...sections].join('\n\n')}\n`;
}

const HEAD = `<!-- Generated from core/catalogue. Do not edit: run UPDATE_DOCS=1 npx vitest run test/core/catalogue -->

# Causes

What \`badgateway\` can name, how it recognises it, and what to do. The ids are a contract: they do not change.

Commands are meant to be copied, one line at a time. \`diagnose\` fills in the unit, socket, port, process and route that
the logs show; here, where nothing is known, a word in capitals stands for each. A line that begins with \`#\` says in
which file the lines after it belong.`;

const FAMILY_TITLES: Readonly<Record<Family, string>> = {
  'not-running': 'Gunicorn is not running',
  mismatch: 'NGINX and Gunicorn do not match',
  perms: 'NGINX is not allowed to connect',
  saturation: 'Gunicorn is overloaded',
  timeout: 'NGINX stopped waiting',
  'worker-death': 'A Gunicorn worker died',
  'bad-response': 'The answer was unusable',
  names: 'Names that lead nowhere',
  tls: 'TLS between NGINX and the backend',
  host: 'Limits of the host',
  deploy: 'Restarts and deploys',
  disposition: 'When there is no root cause to name',
};

function renderCause(cause: Cause): string {
  const steps = cause.steps(NOTHING_KNOWN);
  return [
    `### ${cause.id}`,
    `**${cause.title(NOTHING_KNOWN)}** (${cause.severity})`,
    cause.meaning,
    [
      `- *NGINX logs:* ${cause.primary}`,
      `- *Confirmed by:* ${cause.corroboration}`,
      `- *To be sure:* ${cause.toConfirm}`,
    ].join('\n'),
    ...steps.map(renderStep),
    ...renderChecks(steps),
    `Read: ${cause.docs.map((url) => `<${url}>`).join(' · ')}`,
  ].join('\n\n');
}

function renderStep(step: Fix, index: number): string {
  const commands = step.commands.length === 0 ? [] : [indent(code(step.commands))];
  return [`${index + 1}. **${literal(step.title)}.** ${literal(step.why)}`, ...commands].join(
    '\n\n',
  );
}

function renderChecks(steps: readonly Fix[]): string[] {
  const checks = [...new Set(steps.flatMap(({ verify }) => verify))];
  return checks.length === 0 ? [] : [`Check that it worked:\n\n${code(checks)}`];
}

function code(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

function indent(text: string): string {
  return text.replace(/^/gm, '   ');
}

/** Plain text as Markdown that shows it as it is. */
function literal(text: string): string {
  return text.replace(/[\\`*_<>[\]$]/g, '\\$&');
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w ]/g, '')
    .replaceAll(' ', '-');
}
