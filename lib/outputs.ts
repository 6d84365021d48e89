import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * Outputs of the stack under these very names, so that the command line tool finds the parts of a deployment. Of a
 * second deployment in one stack the names are CloudFormation's own.
 */
export class Outputs extends Construct {
  constructor(scope: Construct, id: string, values: Readonly<Record<string, string>>) {
    super(scope, id);
    const isFirst = Stack.of(this)
      .node.findAll()
      .every((node) => node === this || !(node instanceof Outputs));
    for (const [name, value] of Object.entries(values)) {
      const output = new CfnOutput(this, name, { value });
      if (isFirst) output.overrideLogicalId(name);
    }
  }
}
