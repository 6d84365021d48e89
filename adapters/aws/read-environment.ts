/** What a deployed function is told by its environment; `lib/` sets it. */
import { inflateRawSync } from 'node:zlib';
import type { PolicyConfig } from '../../core/config/config.ts';
import { ENV, type LogGroupsContract, type ServiceContract } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import { DEFAULT_POLICY, type Policy } from '../../core/incident/policy.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export type Environment = {
  readonly table: string;
  readonly wakeQueueUrl: string;
  readonly deployment: string;
  readonly services: readonly ServiceContract[];
};

/** All that `ingest` and `evaluate` need. Throws `AppError` when a variable is missing or cannot be read. */
export function readEnvironment(variables: Variables): Environment {
  return {
    table: readVariable(variables, ENV.table),
    wakeQueueUrl: readVariable(variables, ENV.wakeQueueUrl),
    deployment: readVariable(variables, ENV.deployment),
    services: readServices(variables),
  };
}

/** One variable. Throws `AppError` when it is missing. */
export function readVariable(variables: Variables, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new AppError('MissingVariable', `environment variable ${name} is not set`, {
    hint: 'the badgateway stack sets it: deploy it again',
  });
}

/** The services, as `encodeServices` wrote them: JSON, deflated after a `z`. */
export function readServices(variables: Variables): readonly ServiceContract[] {
  const value = readVariable(variables, ENV.services);
  try {
    return decode(value);
  } catch (cause) {
    throw new AppError(
      'BadVariable',
      `environment variable ${ENV.services} is not a list of services`,
      {
        cause,
      },
    );
  }
}

/** When failures become an alert: what is set, and the defaults. */
export function readPolicy(variables: Variables): Policy {
  const value = readVariable(variables, ENV.policy);
  try {
    const policy: PolicyConfig = JSON.parse(value);
    return { ...DEFAULT_POLICY, ...policy };
  } catch (cause) {
    throw new AppError('BadVariable', `environment variable ${ENV.policy} is no policy`, { cause });
  }
}

/** The log groups of each service; of none that is not known. */
export function readLogGroups(variables: Variables): LogGroupsContract {
  return readOptional(variables[ENV.logGroups], {});
}

/** The addresses that alerts are sent to; none when they are not known. */
export function readAlertEmails(variables: Variables): readonly string[] {
  return readOptional(variables[ENV.alertEmails], []);
}

function readOptional<T>(value: string | undefined, otherwise: T): T {
  try {
    return value ? decode<T>(value) : otherwise;
  } catch {
    return otherwise;
  }
}

/** JSON as it is, or deflated after a `z`. */
function decode<T>(value: string): T {
  if (!value.startsWith('z')) return JSON.parse(value);
  return JSON.parse(inflateRawSync(Buffer.from(value.slice(1), 'base64')).toString('utf8'));
}
