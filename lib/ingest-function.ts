import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../core/contract.ts';
import type { Deployment } from './deployment.ts';
import type { FailureTable } from './failure-table.ts';
import { PipelineFunction } from './pipeline-function.ts';
import type { WakeQueue } from './wake-queue.ts';

export type IngestFunctionProps = {
  readonly deployment: Deployment;
  readonly table: FailureTable;
  readonly wakeQueue: WakeQueue;
  /** See `encodeServices`. */
  readonly services: string;
};

/** Takes in what CloudWatch Logs delivers: a batch record in the table and a wake-up for its service. */
export class IngestFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, props: IngestFunctionProps) {
    const { deployment, table, wakeQueue } = props;
    super(scope, id, {
      deployment,
      name: 'ingest',
      description: 'badgateway: reads the log events that CloudWatch Logs delivers',
      timeout: Duration.minutes(1),
      // A batch is at most 1 MB, but gzip can lie: 64 MB decoded, twice, beside the runtime.
      memoryMb: 512,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      environment: {
        ...table.environment,
        ...wakeQueue.environment,
        [ENV.services]: props.services,
      },
    });
    table.grantPut(this);
    table.grantQuery(this);
    wakeQueue.grantSend(this);
  }
}
