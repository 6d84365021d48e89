import { Token } from 'aws-cdk-lib';
import { AppError } from '../core/errors.ts';

/** Lambda's limit for all names and values of one function. */
const MAX_BYTES = 4_096;

/** At the most, of a value that is only known when it is deployed: a queue's URL, a table's name. */
const UNKNOWN_BYTES = 300;

/** The variables, if a function may have so many; otherwise throws with what to do. */
export function checkEnvironment(
  name: string,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const size = Object.entries(variables).reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size <= MAX_BYTES) return { ...variables };
  throw new AppError(
    'EnvironmentTooLarge',
    `what the function "${name}" must know of the services takes ${size} bytes, Lambda allows ${MAX_BYTES}: ` +
      'give several services the same log format, or deploy some services as a deployment of their own',
  );
}

function sizeOf([key, value]: [string, string]): number {
  return key.length + (Token.isUnresolved(value) ? UNKNOWN_BYTES : Buffer.byteLength(value));
}
