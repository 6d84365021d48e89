/** The package's entry for CDK apps. */
export { BadGateway } from './bad-gateway.ts';
export type { BadGatewayProps, LogsProps, ServiceProps } from './props.ts';
