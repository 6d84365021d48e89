import type { Fix } from '../diagnosis.ts';
import type { CauseId } from './cause-ids.ts';
import { keepStart } from './facts.ts';
import type { FixContext } from './fix-context.ts';
import { explainPlaceholders } from './placeholders.ts';

/** The families of causes, in the order in which the documentation shows them. */
export const FAMILIES = [
  'not-running',
  'mismatch',
  'perms',
  'saturation',
  'timeout',
  'worker-death',
  'bad-response',
  'names',
  'tls',
  'host',
  'deploy',
  'disposition',
] as const;
export type Family = (typeof FAMILIES)[number];

/** Longest title, in characters: one line of a terminal, and of an e-mail's subject after `[service] `. */
export const TITLE_LENGTH = 90;

/**
 * What people read about one cause. Titles and steps are plain text; `meaning`, `primary`, `corroboration` and
 * `toConfirm` are Markdown with inline code only (verbatim log text, settings, commands).
 */
export type Cause = {
  readonly id: CauseId;
  readonly family: Family;
  /** `critical` is an outage, `high` loses many requests, `medium` loses some, `low` is not the backend's fault. */
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
  /** The verdict as one plain sentence without full stop, at most `TITLE_LENGTH` characters. */
  readonly title: (context: FixContext) => string;
  /** What it means, in one to three sentences. */
  readonly meaning: string;
  /** What NGINX logs. */
  readonly primary: string;
  /** What on the other side (Gunicorn, systemd, the kernel, the network) confirms or refines it. */
  readonly corroboration: string;
  /** The log or setting to give when the verdict is only likely or unknown. */
  readonly toConfirm: string;
  /**
   * Two to five steps: the first stops the bleeding, the later ones cure. A command is one line for a shell, or a
   * line of a configuration file after a `#` line that says which; every value from the evidence in it is quoted or
   * of harmless characters. Where the evidence lacks a value, a placeholder in capitals stands in, and the step that
   * first uses it says what for.
   */
  readonly steps: (context: FixContext) => readonly Fix[];
  readonly docs: readonly string[];
};

/** Makes a cause keep the promises of `Cause` whatever the evidence holds: a short title, placeholders explained. */
export function defineCause(cause: Cause): Cause {
  return {
    ...cause,
    title: (context) => keepStart(oneLine(cause.title(context)), TITLE_LENGTH),
    steps: (context) => explainPlaceholders(cause.steps(context).map(tidy)),
  };
}

function tidy(step: Fix): Fix {
  return { ...step, title: oneLine(step.title), why: oneLine(step.why) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
