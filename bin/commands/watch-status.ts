/** What `watch` says on standard error when it begins: what is watched as what, and when people are told. */
import { printablePath, type WatchedLog } from '../../adapters/local/watch-log.ts';
import { countOf } from '../../core/messages/numbers.ts';
import { policyInWords } from '../../core/messages/render-watch.ts';
import { padText, textWidth } from '../../core/messages/text-width.ts';
import type { WatchedService } from './watch-config.ts';
import type { WebhookSource } from './watch-slack.ts';

type Status = {
  readonly logs: readonly WatchedLog[];
  /** How many of them an earlier run had read already. */
  readonly resumed: number;
  readonly service: WatchedService;
  readonly store: string | undefined;
  readonly slack: WebhookSource | null;
  readonly flags: { readonly since?: string; readonly fromStart?: boolean };
};

/** Many files of a directory are counted, not listed. */
const MOST_LISTED = 20;

export function describeWatch(status: Status): string {
  const { logs, service, store, slack } = status;
  const listed = describeLogs(logs.slice(0, MOST_LISTED));
  const rest = logs.length - listed.length;
  const lines = [
    `badgateway: watching ${countOf(logs.length, 'log')} of ${service.name}, ${fromWhen(status)}`,
    ...listed,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(logs.length === 0 ? ['  no logs there yet; they are read when they come'] : []),
    `  ${policyInWords(service.policy)}`,
    store === undefined
      ? '  kept in memory: with --store DIR a restart goes on where this one ended'
      : `  kept in ${printablePath(store)}`,
    ...slackLines(slack, service),
    '  Ctrl-C ends it',
  ];
  return `${lines.join('\n')}\n`;
}

function fromWhen({ logs, resumed, flags }: Status): string {
  if (resumed > 0 && resumed >= logs.length) return 'from where the last run ended';
  const from = flags.fromStart
    ? 'from their beginning'
    : flags.since === undefined
      ? 'from now on'
      : `since ${flags.since}`;
  return resumed > 0 ? `${resumed} of them from where the last run ended, others ${from}` : from;
}

/** `  /var/log/nginx/access.log  access    combined`. */
export function describeLogs(logs: readonly WatchedLog[]): string[] {
  const paths = logs.map(({ path }) => printablePath(path));
  const width = Math.max(0, ...paths.map(textWidth));
  const hosts = new Set(logs.map(({ host }) => host));
  return logs.map((log, row) => {
    const notes = [
      log.role === null ? '' : log.role.padEnd(8),
      ...(hosts.size > 1 ? [`on ${log.host}`] : []),
      ...(log.formatName === null ? [] : [log.formatName]),
      ...(log.file.isThere ? [] : ['not there yet']),
      ...(log.file.isThere && log.role === null ? ['nothing in it yet'] : []),
    ].filter((note) => note !== '');
    return `  ${padText(paths[row] ?? '', width)}  ${notes.join('  ').trimEnd()}`;
  });
}

function slackLines(slack: WebhookSource | null, service: WatchedService): string[] {
  if (slack !== null) return [`  and to Slack, by the webhook in ${slack.name}`];
  if (!service.asksForSlack) return [];
  return [
    "  not to Slack: the configuration's is for the deployed stack; give --slack-webhook-file",
  ];
}
