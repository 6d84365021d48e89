/** Reads a policy to be rehearsed: a whole `badgateway.yaml`, or no more of it than its policy. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Config } from '../../core/config/config.ts';
import { renderProblem } from '../../core/config/problem.ts';
import { badConfiguration, parseConfig } from '../../core/config/schema.ts';
import { AppError } from '../../core/errors.ts';
import { printableText } from '../../core/messages/printable.ts';
import { loadConfig } from './read-config.ts';

export type ReadPolicy = {
  readonly policy: Config['alerts']['policy'];
  /** `null` where the file has the policy alone. */
  readonly config: Config | null;
};

const MOST_BYTES = 1_048_576;
/** A service that no problem can be with. */
const ANY_SERVICE = { name: 'any', logs: { access: '/any' } };

/** Throws `AppError` with all that is wrong with it. */
export function readPolicy(path: string): ReadPolicy {
  const document = readYaml(path);
  if (Object.hasOwn(document, 'services')) {
    const config = loadConfig(path);
    return { policy: config.alerts.policy, config };
  }
  const { alerts, policy } = document as { alerts?: { policy?: unknown }; policy?: unknown };
  const given = alerts === undefined ? (policy ?? document) : (Object(alerts).policy ?? {});
  const { config, problems } = parseConfig({ services: [ANY_SERVICE], alerts: { policy: given } });
  if (config !== undefined) return { policy: config.alerts.policy, config: null };
  throw badConfiguration(path, problems.map(renderProblem).map(printableText));
}

function readYaml(path: string): object {
  let value: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MOST_BYTES) throw new Error('it is too long for a policy');
    value = parse(text, { maxAliasCount: 100, logLevel: 'silent' });
  } catch (error) {
    const { code, message } = Object(error) as { code?: string; message?: string };
    const why = code === 'ENOENT' ? 'there is no such file' : printableText(message ?? '');
    throw new AppError('BadPolicy', `${path}: ${why.split('\n')[0]}`, {
      hint: 'give a badgateway.yaml, or a file with minFailures, window, minRate, resolveAfter and renotify',
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new AppError('BadPolicy', `${path}: this is no policy`, {
    hint: 'give a badgateway.yaml, or a file with minFailures, window, minRate, resolveAfter and renotify',
  });
}
