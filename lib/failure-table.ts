import { aws_dynamodb as dynamodb } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV, TABLE_ATTRIBUTES } from '../core/contract.ts';
import type { Deployment } from './deployment.ts';
import type { PipelineFunction } from './pipeline-function.ts';

const { AttributeType } = dynamodb;

/** The one table: batch records, markers, rollups and incidents. */
export class FailureTable extends Construct {
  readonly table: dynamodb.TableV2;

  constructor(scope: Construct, id: string, { encryptionKey, removalPolicy }: Deployment) {
    super(scope, id);
    this.table = new dynamodb.TableV2(this, 'Table', {
      partitionKey: { name: TABLE_ATTRIBUTES.partition, type: AttributeType.STRING },
      sortKey: { name: TABLE_ATTRIBUTES.sort, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE_ATTRIBUTES.expires,
      billing: dynamodb.Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: encryptionKey
        ? dynamodb.TableEncryptionV2.customerManagedKey(encryptionKey)
        : dynamodb.TableEncryptionV2.dynamoOwnedKey(),
      removalPolicy,
    });
  }

  /** What a function needs to know of the table. */
  get environment(): Record<string, string> {
    return { [ENV.table]: this.table.tableName };
  }

  grantWrite(to: PipelineFunction): void {
    to.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [this.table.tableArn]);
  }

  grantReadWrite(to: PipelineFunction): void {
    to.allow(
      ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      [this.table.tableArn],
    );
  }
}
