/** The one way in: what `badgateway.yaml`, the `-c` quick start and the construct's props must pass. */
import { AppError } from '../errors.ts';
import type { Config } from './config.ts';
import { documentSchema } from './document-schema.ts';
import { findOverlaps } from './overlaps.ts';
import { type ConfigProblem, problemsOf, renderProblem } from './problem.ts';
import { toConfig } from './to-config.ts';

/** The configuration, or everything that is wrong with it. */
export type ParsedConfig =
  | { readonly config: Config; readonly problems?: undefined }
  | { readonly config?: undefined; readonly problems: readonly ConfigProblem[] };

const MOST_LINES = 50;

/** Reads a configuration as `ConfigInput` has it; never throws. */
export function parseConfig(document: unknown): ParsedConfig {
  const parsed = documentSchema.safeParse(document);
  const problems = [
    ...(parsed.success ? [] : problemsOf(document, parsed.error.issues)),
    ...findOverlaps(document),
  ];
  if (parsed.success && problems.length === 0) return { config: toConfig(parsed.data) };
  return { problems };
}

/** The configuration; throws one `AppError` (`BadConfiguration`) that lists all problems, one a line. */
export function checkConfig(document: unknown): Config {
  const { config, problems } = parseConfig(document);
  if (config !== undefined) return config;
  throw badConfiguration('the configuration', problems.map(renderProblem));
}

/** The error for a configuration with problems, of which each is a line. */
export function badConfiguration(what: string, problems: readonly string[]): AppError {
  const shown = problems.slice(0, MOST_LINES).map((line) => `\n  ${line}`);
  const more = problems.length > MOST_LINES ? `\n  and ${problems.length - MOST_LINES} more` : '';
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new AppError('BadConfiguration', `${what} has ${count}:${shown.join('')}${more}`);
}
