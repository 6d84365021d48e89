import { deflateRawSync } from 'node:zlib';
import { type Stack, Token } from 'aws-cdk-lib';
import type { ServiceContract } from '../core/contract.ts';

/** Up to here it stays readable in the console. */
const MAX_PLAIN_BYTES = 1_800;

/** Of names that links are made of: more than this are left out, so that no deployment fails for its links. */
const MAX_NAMES_BYTES = 900;

/** For the environment variable `ENV.services`: JSON, or `z` and base64 of the same JSON, deflated, when it is long. */
export function encodeServices(services: readonly ServiceContract[]): string {
  const json = JSON.stringify(services);
  return Buffer.byteLength(json) <= MAX_PLAIN_BYTES ? json : deflate(json);
}

/** For `ENV.logGroups`; `{}` when there are too many. Names that only CloudFormation knows cannot be deflated. */
export function encodeLogGroups(
  stack: Stack,
  names: Readonly<Record<string, readonly string[]>>,
): string {
  const all = Object.values(names).flat();
  if (all.some((name) => Token.isUnresolved(name))) {
    return all.length <= MAX_UNKNOWN_NAMES ? stack.toJsonString(names) : '{}';
  }
  const json = JSON.stringify(names);
  const encoded = Buffer.byteLength(json) <= MAX_NAMES_BYTES / 2 ? json : deflate(json);
  return encoded.length <= MAX_NAMES_BYTES ? encoded : '{}';
}

/** `checkEnvironment` takes a value that is not known to be long, but not for as long as names can be. */
const MAX_UNKNOWN_NAMES = 5;

function deflate(json: string): string {
  return `z${deflateRawSync(json, { level: 9 }).toString('base64')}`;
}
