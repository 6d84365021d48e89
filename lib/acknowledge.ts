import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one finding of cdk-nag on one construct, and says why. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** Accepts that a policy allows this one resource, whose ARN has a wildcard. */
export function acknowledgeWildcard(construct: IConstruct, arn: string, reason: string): void {
  const resource = textOf(Stack.of(construct).resolve(arn));
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
}

/** As cdk-nag writes what is known at deployment only: `arn:<AWS::Partition>:logs:…`. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map(textOf).join(separator);
  }
  if ('Ref' in value) return `<${value.Ref}>`;
  return 'Fn::GetAtt' in value ? `<${[value['Fn::GetAtt']].flat().join('.')}>` : '';
}
