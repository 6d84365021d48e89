import { setTimeout as wait } from 'node:timers/promises';
import { keepHeapSmall } from '../../adapters/local/heap.ts';
import { SlackQueue } from '../../adapters/local/slack-queue.ts';
import { watch } from '../../adapters/local/watch.ts';
import { WatchJudge } from '../../adapters/local/watch-judge.ts';
import { WatchReader } from '../../adapters/local/watch-reader.ts';
import { openWatchTable, type WatchTable } from '../../adapters/local/watch-table.ts';
import { AppError } from '../../core/errors.ts';
import type { Publication } from '../../core/incident/summary.ts';
import { NO_EXTRAS } from '../../core/messages/alert.ts';
import { alertDocumentOf } from '../../core/messages/alert-document.ts';
import { countOf, formatCount, formatDuration } from '../../core/messages/numbers.ts';
import { printableText } from '../../core/messages/printable.ts';
import { renderWatchAlert } from '../../core/messages/render-watch.ts';
import { slackPayloadOf } from '../../core/messages/slack-payload.ts';
import { LOG_ROLES } from '../../core/model.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import type { DiagnoseFlags } from './diagnose.ts';
import { parseGunicornVersion, parseLogFormat, parseTime, parseZone } from './flag-values.ts';
import { type WatchedService, watchedService } from './watch-config.ts';
import { postToSlack, type WebhookSource, webhookSource } from './watch-slack.ts';
import { describeLogs, describeWatch } from './watch-status.ts';

/** The options of `watch` as commander gives them. */
export type WatchFlags = Omit<DiagnoseFlags, 'until' | 'exitCode'> & {
  readonly service?: string;
  readonly config?: string;
  readonly store?: string;
  readonly fromStart?: boolean;
  readonly slackWebhookFile?: string;
};

const clock = () => Date.now();

/** Follows files until it is told to end; returns the exit code. */
export async function runWatch(files: readonly string[], flags: WatchFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const service = serviceFrom(flags);
  const webhook = webhookSource(flags.slackWebhookFile, process.env);
  const request = requestFrom(files, flags);
  // Nobody knows how much will come.
  await keepHeapSmall(null);
  const opened = openWatchTable(flags.store ?? null, clock);
  try {
    const { table } = opened;
    const { redaction } = service;
    const options = { ...request, service: service.name, redaction, table, clock };
    const reader = await WatchReader.open({ ...options, onNotice: notice });
    try {
      await watchUntilEnd({ reader, service, webhook, opened }, flags);
    } finally {
      reader.close();
    }
  } finally {
    opened.close();
  }
  return 0;
}

type Parts = {
  readonly reader: WatchReader;
  readonly service: WatchedService;
  readonly webhook: WebhookSource | null;
  readonly opened: WatchTable;
};

async function watchUntilEnd(parts: Parts, flags: WatchFlags): Promise<void> {
  const { reader, service, webhook, opened } = parts;
  const { table, tidy } = opened;
  const startedAt = clock();
  const slack =
    webhook &&
    new SlackQueue({
      table,
      service: service.name,
      post: postToSlack(webhook, table, process.env),
      clock,
      onNotice: notice,
    });
  const judge = new WatchJudge({
    service: service.name,
    settings: service.settings,
    policy: service.policy,
    table,
    publish: (publication) => tell(publication, flags.format, slack),
    countRequests: async (_, from, to) => reader.requests.counts(from, to),
    clock,
  });
  process.stderr.write(
    describeWatch({
      logs: reader.logs(),
      resumed: reader.resumed,
      service,
      store: flags.store,
      slack: webhook,
      flags,
    }),
  );
  const signal = endSignal();
  await Promise.all([
    watch({ reader, judge, slack, tidy, clock, onNotice: notice, signal }),
    sayWhatCame(reader, signal),
  ]);
  const lasted = formatDuration(clock() - startedAt).replaceAll('\u00a0', ' ');
  const failed = countOf(judge.failures, 'failed request');
  process.stderr.write(
    `badgateway: ended after ${lasted}: ${formatCount(reader.lines)} lines read, ${failed}, ${countOf(judge.published, 'alert')}\n`,
  );
}

/** Says what a log is once it is there. */
async function sayWhatCame(reader: WatchReader, signal: AbortSignal): Promise<void> {
  const said = new Set(reader.logs().filter(isKnown).map(pathOf));
  while (!signal.aborted) {
    const came = reader.logs().filter((log) => isKnown(log) && !said.has(log.path));
    for (const log of came) said.add(log.path);
    if (came.length > 0) process.stderr.write(`${describeLogs(came).join('\n')}\n`);
    await wait(1_000, undefined, { signal }).catch(() => {});
  }
}

type Log = ReturnType<WatchReader['logs']>[number];
const isKnown = (log: Log): boolean => log.role !== null && log.file.isThere;
const pathOf = ({ path }: Log): string => path;

async function tell(
  publication: Publication,
  format: WatchFlags['format'],
  slack: SlackQueue | null,
): Promise<void> {
  const document = alertDocumentOf({ publication, ...NO_EXTRAS });
  // First what can fail: who reads the terminal is not to read it twice.
  await slack?.add({ id: publication.id, payload: slackPayloadOf(document) });
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify(document)}\n`
      : renderWatchAlert(publication, renderOptionsFor(process.stdout, process.env)),
  );
}

function notice(text: string): void {
  process.stderr.write(`badgateway: ${printableText(text)}\n`);
}

/** Ctrl-C, or what a service manager sends; a second one ends at once. */
function endSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort());
  }
  return controller.signal;
}

function serviceFrom({ config, service, gunicornVersion }: WatchFlags): WatchedService {
  const found = watchedService(config, service);
  if (gunicornVersion === undefined) return found;
  const version = parseGunicornVersion(gunicornVersion);
  return { ...found, settings: { ...found.settings, gunicornVersion: version } };
}

function requestFrom(files: readonly string[], flags: WatchFlags) {
  const inputs = [
    ...files.map((path) => ({ path, role: null })),
    ...LOG_ROLES.flatMap((role) => (flags[role] ?? []).map((path) => ({ path, role }))),
  ];
  if (inputs.length === 0) {
    throw new AppError('NoInput', 'no logs given: name the files or directories to watch', {
      hint: 'badgateway watch /var/log/nginx/access.log /var/log/nginx/error.log gunicorn.log',
    });
  }
  const { since, tz, logFormat } = flags;
  const format = logFormat === undefined ? null : parseLogFormat(logFormat);
  return {
    inputs,
    host: flags.host ?? null,
    timeZone: tz === undefined ? null : parseZone(tz),
    format: format === null ? null : (NAMED_FORMATS[format] ?? compileLogFormat(format)),
    isFromStart: flags.fromStart === true,
    sinceMs: since === undefined ? null : parseTime('--since', since, clock()),
  };
}
