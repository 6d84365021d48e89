import { aws_iam as iam, Token } from 'aws-cdk-lib';
import { AppError } from '../core/errors.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/** Of a managed policy: 6,144 characters, less what stands around the ARNs. */
const MAX_CHARACTERS = 5_600;

/** A role can have ten managed policies; a function's may have two such grants. */
const MAX_POLICIES = 5;

/** Quotes and a comma, and partition, Region and account as long as they get, which are tokens here. */
const ARN_OVERHEAD = 40;

/** Of an ARN that is nothing but a token. */
const UNKNOWN_ARN = 200;

/**
 * Allows actions on log groups, however many: an inline policy would be full with some 80 of them, so that these are
 * managed policies of a bounded size.
 */
export function grantOnLogGroups(
  to: PipelineFunction,
  id: string,
  { actions, arns }: { readonly actions: readonly string[]; readonly arns: readonly string[] },
): void {
  const parts = split([...new Set(arns)]);
  if (parts.length > MAX_POLICIES) {
    throw new AppError(
      'TooManyLogGroups',
      `the role of one function cannot be allowed to use ${arns.length} log groups: ` +
        'name them by a common prefix ("/shop/*"), or make several deployments',
    );
  }
  for (const [index, resources] of parts.entries()) {
    const policy = new iam.ManagedPolicy(to, `${id}${index}`, {
      statements: [new iam.PolicyStatement({ actions: [...actions], resources: [...resources] })],
      roles: [to.role],
    });
    to.function.node.addDependency(policy);
    for (const arn of resources) acknowledgeWildcard(policy, arn, reasonOf(arn));
  }
}

function reasonOf(arn: string): string {
  return arn.endsWith('*:*')
    ? 'The configuration names these log groups by what their names begin with, also those to come.'
    : 'One log group: the wildcard stands for its streams.';
}

function split(arns: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let room = 0;
  for (const arn of arns) {
    const size = sizeOf(arn);
    if (size > room) {
      parts.push([]);
      room = MAX_CHARACTERS;
    }
    parts.at(-1)?.push(arn);
    room -= size;
  }
  return parts;
}

function sizeOf(arn: string): number {
  const name = arn.split(':log-group:')[1];
  return name === undefined || Token.isUnresolved(name) ? UNKNOWN_ARN : arn.length + ARN_OVERHEAD;
}
