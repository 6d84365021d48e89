/** What `config check` says of a configuration, as a document and in words. */
import { printableText } from '../messages/printable.ts';
import { LOG_ROLES } from '../model.ts';
import type { AlertsConfig, Config, LogGroupConfig, ServiceConfig } from './config.ts';
import { renderDuration } from './duration.ts';
import type { LocatedProblem } from './problem.ts';

export const CONFIG_CHECK_SCHEMA = 'badgateway/config-check@1';

/** `config check --format json`. */
export type ConfigCheck = {
  readonly schema: typeof CONFIG_CHECK_SCHEMA;
  readonly path: string;
  readonly valid: boolean;
  readonly problems: readonly Omit<LocatedProblem, 'keys'>[];
  /** Valid, and yet worth knowing: what will not be seen, or told. */
  readonly notes: readonly string[];
  /** What would be watched; empty unless valid. */
  readonly services: readonly ServiceConfig[];
  /** `null` unless valid. */
  readonly alerts: AlertsConfig | null;
};

/** The document for a file that was read. */
export function checkOf(
  path: string,
  read: { readonly config: Config | null; readonly problems: readonly LocatedProblem[] },
): ConfigCheck {
  const { config } = read;
  return {
    schema: CONFIG_CHECK_SCHEMA,
    path,
    valid: config !== null,
    problems: read.problems.map(({ keys: _keys, ...problem }) => problem),
    notes: config === null ? [] : notesOn(config),
    services: config?.services ?? [],
    alerts: config?.alerts ?? null,
  };
}

/** What a valid configuration would watch, and whom it would tell; ends in a line break. */
export function renderConfigCheck(check: ConfigCheck): string {
  const parts = [
    [`${check.path} is valid`],
    ...check.services.map(serviceLines),
    ...(check.alerts === null ? [] : [alertLines(check.alerts)]),
    check.notes.map((note) => `note: ${note}`),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.map(printableText).join('\n')}\n`)
    .join('\n');
}

function notesOn({ services, alerts }: Config): string[] {
  const notes = services.flatMap(({ name, logs }) => [
    ...(logs.access.length > 0
      ? []
      : [`${name} has no access log: there is no total, so that minRate cannot count`]),
    ...(logs.error.length > 0 ? [] : [`${name} has no error log: what NGINX saw is not known`]),
    ...(logs.gunicorn.length > 0
      ? []
      : [`${name} has no Gunicorn log: its side of a failure is not known`]),
  ]);
  const isTold = alerts.email.length > 0 || alerts.slack !== null;
  return isTold ? notes : [...notes, 'alerts are told to nobody: give email or slack'];
}

function serviceLines({ name, logs, streams, gunicorn }: ServiceConfig): string[] {
  const { version, workerClass, timeoutMs, unit } = gunicorn;
  const known = [
    version === null ? [] : [`Gunicorn ${version}`],
    workerClass === null ? [] : [workerClass],
    timeoutMs === null ? [] : [`timeout ${renderDuration(timeoutMs)}`],
    unit === null ? [] : [unit],
  ].flat();
  return [
    name,
    ...LOG_ROLES.flatMap((role) => row(role, logs[role].map(describeGroup))),
    ...row('streams', streams),
    ...row('settings', known.length === 0 ? [] : [known.join(', ')]),
  ];
}

function describeGroup({ name, format, pattern, create }: LogGroupConfig): string {
  const details = [
    name.endsWith('*') ? ['all that begin so'] : [],
    format === null ? [] : [format.includes('$') ? 'its own format' : `format ${format}`],
    pattern === null ? [] : ['its own pattern'],
    create ? ['made by the stack'] : [],
  ].flat();
  return details.length === 0 ? name : `${name} (${details.join(', ')})`;
}

function alertLines({ email, slack, policy }: AlertsConfig): string[] {
  const channel =
    slack?.kind === 'chat'
      ? [`Slack channel ${slack.channelId} of ${slack.workspaceId}`]
      : slack === null
        ? []
        : [`Slack, by the webhook in ${slack.secretArn}`];
  const told = [...email, ...channel];
  const failures = `${policy.minFailures} ${policy.minFailures === 1 ? 'failure' : 'failures'}`;
  const share = `${Number((policy.minRate * 100).toPrecision(6))}% of requests`;
  return [
    'alerts',
    ...row('to', told.length === 0 ? ['nobody'] : told),
    ...row('when', [
      `${failures} of one cause and ${share} within ${renderDuration(policy.windowMs)}`,
    ]),
    ...row('until', [`${renderDuration(policy.resolveAfterMs)} without a failure`]),
    ...row('again', [`every ${renderDuration(policy.renotifyMs)} meanwhile`]),
  ];
}

/** `  access    /a`, and more of it below. */
function row(label: string, values: readonly string[]): string[] {
  return values.map((value, index) => `  ${(index === 0 ? label : '').padEnd(10)}${value}`);
}
