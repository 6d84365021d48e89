import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BadGateway } from '../../lib/bad-gateway.ts';
import type { BadGatewayProps } from '../../lib/props.ts';

export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates have no type
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
};

/** All kinds of log groups: by name, by prefix, to create. */
export const SHOP: BadGatewayProps = {
  services: [
    {
      name: 'shop',
      logs: {
        access: { name: '/shop/access', format: 'badgateway' },
        error: { name: '/shop/error', create: true },
        gunicorn: '/shop/gunicorn/*',
        system: '/shop/journal',
        app: '/shop/app',
      },
    },
  ],
  alerts: { email: ['ops@example.com'] },
  deploymentName: 'test',
};

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';

/** Alerts go to Slack by a webhook, too. */
export const WITH_SLACK: BadGatewayProps = {
  ...SHOP,
  alerts: { ...SHOP.alerts, slack: { webhookSecret: SECRET } },
};

/** Alerts go to Slack through Amazon Q Developer in chat applications, too. */
export const WITH_CHAT: BadGatewayProps = {
  ...SHOP,
  alerts: { ...SHOP.alerts, slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' } },
};

/** A stack with badgateway as other people's apps make it. `propsOf` may put more into it. */
export function synthesise(propsOf: BadGatewayProps | ((stack: Stack) => BadGatewayProps)) {
  const stack = new Stack(new App(), 'Shop');
  const props = typeof propsOf === 'function' ? propsOf(stack) : propsOf;
  const badGateway = new BadGateway(stack, 'BadGateway', props);
  const template = Template.fromStack(stack);
  const resources = template.toJSON().Resources as Record<string, Resource>;
  return { stack, badGateway, template, resources };
}

/** The resources of a type, by logical id. */
export function ofType(
  resources: Readonly<Record<string, Resource>>,
  ...types: readonly string[]
): readonly (readonly [string, Resource])[] {
  return Object.entries(resources).filter(([, { Type }]) => types.includes(Type));
}
