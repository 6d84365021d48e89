import { aws_dynamodb as dynamodb } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV, TABLE_ATTRIBUTES } from '../core/contract.ts';
import type { Deployment } from './deployment.ts';
import type { PipelineFunction } from './pipeline-function.ts';

const { AttributeType, BillingMode, TableEncryption } = dynamodb;

/**
 * The one table: batch records, markers, rollups and incidents. No `TableV2`: that one takes a customer's key only in
 * stacks that name their Region.
 */
export class FailureTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { encryptionKey, removalPolicy }: Deployment) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: TABLE_ATTRIBUTES.partition, type: AttributeType.STRING },
      sortKey: { name: TABLE_ATTRIBUTES.sort, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE_ATTRIBUTES.expires,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
      ...(encryptionKey ? { encryptionKey } : {}),
      removalPolicy,
    });
  }

  /** What a function needs to know of the table. */
  get environment(): Record<string, string> {
    return { [ENV.table]: this.table.tableName };
  }

  /** To put rows, and to see whether they are there. */
  grantPut(to: PipelineFunction): void {
    to.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn]);
  }

  grantQuery(to: PipelineFunction): void {
    to.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  grantDelete(to: PipelineFunction): void {
    to.allow(['dynamodb:DeleteItem'], [this.table.tableArn]);
  }
}
