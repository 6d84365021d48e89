import type { aws_logs as logs } from 'aws-cdk-lib';
import type { ConfigInput, LogsInput, ServiceInput } from '../core/config/input.ts';
import { checkConfig } from '../core/config/schema.ts';
import type { DeploymentSettings } from './deployment.ts';
import type { PipelineProps } from './pipeline.ts';

/** One of a value that may be a list. */
type ItemOf<Value> = Value extends readonly (infer Item)[] ? Item : Value;

/** As in `badgateway.yaml`, or a log group of the app, or one and what `badgateway.yaml` can say of a group. */
type LogGroupProps<Input> =
  | Input
  | logs.ILogGroup
  | ({ readonly group: logs.ILogGroup } & Omit<Exclude<Input, string>, 'name' | 'create'>);

type OneOrMore<Item> = Item | readonly Item[];

/** Log groups by what is in them, as in `badgateway.yaml`; those of the app may be given as constructs. */
export type LogsProps = {
  readonly [Role in keyof LogsInput]: OneOrMore<
    LogGroupProps<ItemOf<NonNullable<LogsInput[Role]>>>
  >;
};

/** A service as in `badgateway.yaml`. */
export type ServiceProps = Omit<ServiceInput, 'logs'> & { readonly logs: LogsProps };

/** What `badgateway.yaml` holds, in the same words, and what only an app can say. */
export type BadGatewayProps = Omit<ConfigInput, 'services'> &
  DeploymentSettings & { readonly services: readonly ServiceProps[] };

/** What props come to. Throws one `AppError` with all that is wrong with them. */
export function checkProps(props: BadGatewayProps): PipelineProps {
  const { deploymentName, encryptionKey, logRetention, removalPolicy, ...document } = props;
  const settings = { deploymentName, encryptionKey, logRetention, removalPolicy };
  const constructs = new Map<string, logs.ILogGroup>();
  const services = document.services.map((service) => ({
    ...service,
    logs: Object.fromEntries(
      Object.entries(service.logs).map(([role, groups]) => [role, nameAll(groups, constructs)]),
    ),
  }));
  return { config: checkConfig({ ...document, services }), constructs, settings };
}

function nameAll(groups: unknown, constructs: Map<string, logs.ILogGroup>): unknown {
  return Array.isArray(groups)
    ? groups.map((group) => nameConstruct(group, constructs))
    : nameConstruct(groups, constructs);
}

/** A construct's place is taken by a name made of its path: its own may not be known before it is deployed. */
function nameConstruct(given: unknown, constructs: Map<string, logs.ILogGroup>): unknown {
  if (isLogGroup(given)) return nameOf(given, constructs);
  if (typeof given !== 'object' || given === null || !('group' in given)) return given;
  const { group, ...rest } = given;
  return isLogGroup(group) ? { ...rest, name: nameOf(group, constructs) } : given;
}

function isLogGroup(given: unknown): given is logs.ILogGroup {
  return typeof given === 'object' && given !== null && 'logGroupArn' in given && 'node' in given;
}

function nameOf(group: logs.ILogGroup, constructs: Map<string, logs.ILogGroup>): string {
  const base = `construct/${group.node.path.replaceAll(/[^\w./#-]/g, '_')}`;
  let name = base;
  for (let count = 2; (constructs.get(name) ?? group) !== group; count++) name = `${base}-${count}`;
  constructs.set(name, group);
  return name;
}
