/** `npx cdk deploy -c email=… -c access=… -c error=… -c gunicorn=…`: a first try without `badgateway.yaml`. */
import { LOG_ROLES } from '../model.ts';
import type { Config } from './config.ts';
import { type ConfigProblem, renderProblem } from './problem.ts';
import { badConfiguration, parseConfig } from './schema.ts';

/** Looks up a value of the CDK context; `undefined` where there is none. */
type GetContext = (key: string) => unknown;

const KEYS = ['email', 'slack', 'service', ...LOG_ROLES] as const;
const DEFAULT_SERVICE = 'web';

/** The document that the context stands for, one service in the words of `ConfigInput`; `null` without any key of it. */
export function configOfContext(get: GetContext): unknown {
  if (KEYS.every((key) => isAbsent(get(key)))) return null;
  const logs = LOG_ROLES.flatMap((role) => {
    const given = get(role);
    return isAbsent(given) ? [] : [[role, listOf(given)] as const];
  });
  const email = get('email');
  const slack = get('slack');
  const service = get('service');
  return {
    services: [
      { name: isAbsent(service) ? DEFAULT_SERVICE : service, logs: Object.fromEntries(logs) },
    ],
    alerts: {
      ...(isAbsent(email) ? {} : { email: listOf(email) }),
      ...(isAbsent(slack) ? {} : { slack: { webhookSecret: slack } }),
    },
  };
}

/**
 * The configuration of the context; `null` without any key of it. Throws one `AppError` that lists all problems by
 * the options that people typed.
 */
export function checkContext(get: GetContext): Config | null {
  const document = configOfContext(get);
  if (document === null) return null;
  const { config, problems = [] } = parseConfig(document);
  const isTold = !isAbsent(get('email')) || !isAbsent(get('slack'));
  const untold = isTold
    ? []
    : ['-c email: is missing, give the address that alerts shall go to (or -c slack)'];
  if (config !== undefined && isTold) return config;
  const lines = [...problems.map(asTyped).map(renderProblem), ...untold];
  throw badConfiguration('the context (-c)', lines);
}

function isAbsent(given: unknown): boolean {
  return given === undefined || given === null;
}

/** `a, b` as a list; what is no text stays as it is, for the schema to judge. */
function listOf(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const items = given.split(',').map((item) => item.trim());
  const named = items.filter((item) => item !== '');
  return named.length === 0 ? [given] : named;
}

/** A problem at the option that its value came from. */
function asTyped(problem: ConfigProblem): ConfigProblem {
  return {
    ...problem,
    path: optionOf(problem.keys),
    message: problem.message.replace(/services\[0\]\.logs\.(\w+)/g, '-c $1'),
  };
}

/** `services[0].logs.ROLE…`, `services[0].name` or `alerts.CHANNEL…`. */
function optionOf(keys: ConfigProblem['keys']): string {
  if (keys[0] === 'alerts') return `-c ${keys[1]}`;
  return keys[2] === 'logs' ? `-c ${keys[3] ?? 'access'}` : '-c service';
}
