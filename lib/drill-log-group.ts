import {
  aws_logs_destinations as destinations,
  type aws_lambda as lambda,
  aws_logs as logs,
  RemovalPolicy,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ServiceConfig } from '../core/config/config.ts';
import { DRILL_SERVICE, filterNameOf } from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { type Deployment, ownLogGroups } from './deployment.ts';

/**
 * The log group that `badgateway drill` writes to. It is the one log group of the pipeline's own that the pipeline
 * reads (see `refuseOwn` in `subscribed-groups.ts`): nothing but drills is written to it, and no function may do so, so
 * that nothing goes round in it.
 */
export class DrillLogGroup extends Construct {
  readonly logGroup: logs.LogGroup;

  constructor(
    scope: Construct,
    id: string,
    { deployment, destination }: { deployment: Deployment; destination: lambda.IFunction },
  ) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'LogGroup', {
      logGroupName: `${ownLogGroups(deployment.name)}drill`,
      retention: logs.RetentionDays.ONE_WEEK,
      encryptionKey: deployment.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { name: service } = DRILL_SERVICE;
    new logs.SubscriptionFilter(this, 'Lines', {
      logGroup: this.logGroup,
      destination: new destinations.LambdaDestination(destination, { addPermissions: false }),
      filterName: filterNameOf({
        deployment: deployment.name,
        service,
        role: 'error',
        format: '-',
      }),
      filterPattern: logs.FilterPattern.allEvents(),
    });
  }
}

/** Its counts would have drills among them. */
export function refuseDrillService(services: readonly ServiceConfig[]): void {
  if (!services.some(({ name }) => name === DRILL_SERVICE.name)) return;
  throw new AppError(
    'ReservedServiceName',
    `service "${DRILL_SERVICE.name}" is the one that drills are counted under: use another name`,
  );
}
