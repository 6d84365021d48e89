import type { Construct } from 'constructs';
import { Pipeline } from './pipeline.ts';
import { type BadGatewayProps, checkProps } from './props.ts';

/**
 * Names the cause of every 502 of the services, for CDK apps. Throws one `AppError` with all that is wrong with the
 * configuration.
 *
 * ```ts
 * new BadGateway(this, 'BadGateway', {
 *   services: [{ name: 'shop', logs: { access: '/shop/access', error: '/shop/error' } }],
 *   alerts: { email: 'ops@example.com' },
 * });
 * ```
 */
export class BadGateway extends Pipeline {
  constructor(scope: Construct, id: string, props: BadGatewayProps) {
    super(scope, id, checkProps(props));
  }
}
