import { ArnFormat, type aws_logs as logs, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { LogGroupConfig, ServiceConfig } from '../core/config/config.ts';
import { filterPatternOf } from '../core/config/filter-patterns.ts';
import {
  filterNameOf,
  type GroupContract,
  type LogGroupsContract,
  requestMetricName,
  SEARCHED_ROLES,
  type WatchedGroup,
} from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { ownLogGroups } from './deployment.ts';
import { formatKeyOf } from './service-contract.ts';

type LogRole = keyof ServiceConfig['logs'];

/** One log group of one service, and the filters it shall have. */
export type SubscribedGroup = {
  readonly service: string;
  readonly role: LogRole;
  readonly config: LogGroupConfig;
  /** The log group, when CloudFormation can put its filters; `null`: it may not exist yet, or be many. */
  readonly logGroup: logs.ILogGroup | null;
  readonly filterName: string;
  /** `null`: it is not subscribed, only searched. */
  readonly filterPattern: string | null;
  /** Metric that counts its lines. */
  readonly requestMetric: string | null;
};

/**
 * All log groups of the services, those of `logGroups` as constructs. Throws for groups that the pipeline itself
 * writes to.
 */
export function subscribedGroups(
  deployment: string,
  services: readonly ServiceConfig[],
  logGroups: ReadonlyMap<string, logs.ILogGroup>,
): readonly SubscribedGroup[] {
  return services.flatMap((service) =>
    rolesOf(service).flatMap((role) =>
      service.logs[role].map((config) => {
        const logGroup = logGroups.get(config.name) ?? null;
        refuseOwn(deployment, config.name);
        refuseOwn(deployment, logGroup?.logGroupName ?? config.name);
        const filters = filtersOf(deployment, service.name, role, config);
        return { service: service.name, role, config, logGroup, ...filters };
      }),
    ),
  );
}

/** What the `subscribe` function is told of a group that it puts the filters on; `null` for the others. */
export function groupContractOf(group: SubscribedGroup): GroupContract | null {
  const { config, logGroup, filterName, filterPattern, requestMetric } = group;
  if (filterPattern === null || logGroup !== null) return null;
  return { name: config.name, filterName, filterPattern, requestMetric };
}

/** What it is told of a group that it looks at; `null` for those without a filter. */
export function watchedGroupOf(group: SubscribedGroup): WatchedGroup | null {
  const { filterName, filterPattern } = group;
  return filterPattern === null ? null : { name: nameOf(group), filterName };
}

/** Names of all log groups of each service by role, each once. */
export function logGroupNames(groups: readonly SubscribedGroup[]): LogGroupsContract {
  const names: Record<string, Record<string, string[]>> = {};
  for (const group of groups) {
    const roles = names[group.service] ?? {};
    names[group.service] = roles;
    roles[group.role] = [...new Set([...(roles[group.role] ?? []), nameOf(group)])];
  }
  return names;
}

/** Whether a log is looked into when an alert is sent. */
export function isSearched({ role }: SubscribedGroup): boolean {
  return SEARCHED_ROLES.includes(role);
}

function nameOf({ config, logGroup }: SubscribedGroup): string {
  return config.create ? config.name : (logGroup?.logGroupName ?? config.name);
}

/** Of a group and its streams, the form that policies need; with the `*` of a prefix if its name has one. */
export function arnOfGroup(scope: Construct, { logGroup, config }: SubscribedGroup): string {
  if (logGroup !== null && !config.create) return logGroup.logGroupArn;
  return Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: `${config.name}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

function rolesOf(service: ServiceConfig): readonly LogRole[] {
  return Object.keys(service.logs) as LogRole[];
}

function filtersOf(deployment: string, service: string, role: LogRole, config: LogGroupConfig) {
  const { pattern, requestPattern } = filterPatternOf({ role, format: config.format });
  const format = formatKeyOf(role === 'access' ? config.format : null);
  return {
    filterName: filterNameOf({ deployment, service, role, format }),
    filterPattern: config.pattern ?? pattern,
    requestMetric: requestPattern === null ? null : requestMetricName(deployment, service),
  };
}

/** Every line the pipeline logs would be delivered to it, and make it log one more. */
function refuseOwn(deployment: string, name: string): void {
  if (Token.isUnresolved(name) || !name.startsWith(ownLogGroups(deployment))) return;
  throw new AppError(
    'OwnLogGroup',
    `log group "${name}" is one of the pipeline's own: it would read for ever what it writes itself; take it out`,
  );
}
