import { aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ServiceConfig } from '../core/config/config.ts';
import { constructIdOf } from './construct-id.ts';
import type { Deployment } from './deployment.ts';

/** The log groups with `create: true`, each made once, however many services log to it. */
export class LogGroups extends Construct {
  readonly byName: ReadonlyMap<string, logs.LogGroup>;

  constructor(
    scope: Construct,
    id: string,
    deployment: Deployment,
    services: readonly ServiceConfig[],
  ) {
    super(scope, id);
    const make = (logGroupName: string) =>
      new logs.LogGroup(this, constructIdOf(logGroupName), {
        logGroupName,
        retention: deployment.logRetention,
        encryptionKey: deployment.encryptionKey,
        removalPolicy: deployment.removalPolicy,
      });
    this.byName = new Map(namesToCreate(services).map((name) => [name, make(name)]));
  }
}

export function namesToCreate(services: readonly ServiceConfig[]): readonly string[] {
  const groups = services.flatMap(({ logs: roles }) => Object.values(roles).flat());
  return [...new Set(groups.filter(({ create }) => create).map(({ name }) => name))];
}
