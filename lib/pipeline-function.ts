import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Duration,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  RemovalPolicy,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV } from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { checkEnvironment } from './check-environment.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { type Deployment, ownLogGroups } from './deployment.ts';
import { grantKey } from './encryption-key.ts';

/** Where the built package is; the bundle of this file sets it. */
declare const DIST_DIRECTORY: string | undefined;

export type PipelineFunctionProps = {
  readonly deployment: Deployment;
  /** Of its file in `lambdas/`, and the last part of its log group's name. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Times that Lambda repeats an asynchronous invocation that failed, 0 to 2. */
  readonly retryAttempts: number;
  /** How long an asynchronous invocation waits for its turn at the most. */
  readonly maxEventAge: Duration;
};

/**
 * A function of the pipeline: bundled, with a role that may do nothing but write to its own log group until it is
 * granted more, and with a dead-letter queue of its own for the events that Lambda gave up.
 */
export class PipelineFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  /** The events themselves, as the function was invoked with them. */
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    const { deployment, name } = props;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `${ownLogGroups(deployment.name)}${name}`,
      retention: deployment.logRetention,
      encryptionKey: deployment.encryptionKey,
      // Its name is fixed: left behind, it would be in the way of the next deployment of that name.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]);
    grantKey(deployment, this.role);
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', deployment, 'standard');
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(bundleOf(name)),
      handler: 'index.handler',
      role: this.role,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      environment: checkEnvironment(name, {
        [ENV.deployment]: deployment.name,
        ...props.environment,
      }),
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      deadLetterQueue: this.deadLetterQueue,
      retryAttempts: props.retryAttempts,
      maxEventAge: props.maxEventAge,
    });
  }

  allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: [...actions], resources: [...resources] }),
    );
  }
}

function bundleOf(name: string): string {
  const dist =
    typeof DIST_DIRECTORY === 'undefined'
      ? fileURLToPath(new URL('../dist', import.meta.url))
      : DIST_DIRECTORY;
  const directory = join(dist, 'lambdas', name);
  if (existsSync(directory)) return directory;
  throw new AppError('NotBuilt', `no bundle of the function "${name}" in ${directory}`, {
    hint: 'npm run build',
  });
}
