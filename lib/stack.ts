import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../core/config/config.ts';
import { Pipeline } from './pipeline.ts';

export type BadGatewayStackProps = StackProps & { readonly config: Config };

/** A stack with one deployment of badgateway, which has the stack's name. */
export class BadGatewayStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: BadGatewayStackProps) {
    super(scope, id, {
      description:
        'badgateway: names the cause of every 502 that NGINX answers in front of Gunicorn',
      ...props,
    });
    this.addStackTag('badgateway:deployment', this.stackName);
    const settings = { deploymentName: this.stackName };
    new Pipeline(this, 'BadGateway', { config, constructs: new Map(), settings });
  }
}
