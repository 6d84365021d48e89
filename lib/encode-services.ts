import { deflateRawSync } from 'node:zlib';
import { type Stack, Token } from 'aws-cdk-lib';
import { type LogGroupsContract, SEARCHED_ROLES, type ServiceContract } from '../core/contract.ts';

/** Up to here it stays readable in the console. */
const MAX_PLAIN_BYTES = 1_800;

/** Of names that links are made of: more than this are left out, so that no deployment fails for its links. */
const MAX_NAMES_BYTES = 900;
/** Of addresses: some fifteen, or more that are alike. */
const MAX_EMAILS_BYTES = 400;

/** For the environment variable `ENV.services`: JSON, or `z` and base64 of the same JSON, deflated, when it is long. */
export function encodeServices(services: readonly ServiceContract[]): string {
  const json = JSON.stringify(services);
  return Buffer.byteLength(json) <= MAX_PLAIN_BYTES ? json : deflate(json);
}

/**
 * For `ENV.logGroups`: of all roles, or without the access logs, or of those that are searched alone, or `{}`, so that no
 * deployment fails for its links. Names that only CloudFormation knows cannot be deflated.
 */
export function encodeLogGroups(stack: Stack, names: LogGroupsContract): string {
  const isNeeded = (role: string) => SEARCHED_ROLES.includes(role);
  const choices = [() => true, (role: string) => role !== 'access', isNeeded];
  for (const isKept of choices) {
    const encoded = encodeNames(stack, ofRoles(names, isKept), MAX_NAMES_BYTES);
    if (encoded !== null) return encoded;
  }
  return '{}';
}

/** For `ENV.alertEmails`; `[]` when there are too many. */
export function encodeEmails(stack: Stack, emails: readonly string[]): string {
  return encodeNames(stack, emails, MAX_EMAILS_BYTES) ?? '[]';
}

function ofRoles(names: LogGroupsContract, isKept: (role: string) => boolean): LogGroupsContract {
  return Object.fromEntries(
    Object.entries(names).map(([service, roles]) => [
      service,
      Object.fromEntries(Object.entries(roles).filter(([role]) => isKept(role))),
    ]),
  );
}

/** `checkEnvironment` takes a value that is not known to be long, but not for as long as names can be. */
const MAX_UNKNOWN_NAMES = 5;

/** `null` when it would be too long. */
function encodeNames(
  stack: Stack,
  names: LogGroupsContract | readonly string[],
  maxBytes: number,
): string | null {
  const all = textsIn(names);
  if (all.some((name) => Token.isUnresolved(name))) {
    return all.length <= MAX_UNKNOWN_NAMES ? stack.toJsonString(names) : null;
  }
  const json = JSON.stringify(names);
  const encoded = Buffer.byteLength(json) <= maxBytes / 2 ? json : deflate(json);
  return encoded.length <= maxBytes ? encoded : null;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Object.values(Object(value)).flatMap(textsIn);
}

function deflate(json: string): string {
  return `z${deflateRawSync(json, { level: 9 }).toString('base64')}`;
}
