/** The commands and their options, as `docs` and `contracts.md` promise them; what they do is in `commands/`. */
import { type Command, Option } from 'commander';
import type { ConfigCheckFlags } from './commands/config-check.ts';
import type { DiagnoseFlags } from './commands/diagnose.ts';
import type { DrillFlags } from './commands/drill.ts';
import type { ExplainFlags } from './commands/explain.ts';
import type { IncidentsFlags } from './commands/incidents.ts';
import type { MuteFlags } from './commands/mute.ts';
import type { QueryFlags } from './commands/query.ts';
import type { RehearseFlags } from './commands/rehearse.ts';
import type { UnmuteFlags } from './commands/unmute.ts';
import type { WatchFlags } from './commands/watch.ts';
import { VERSION } from './version.ts';

const DIAGNOSE_HELP = `
Times are ISO 8601 (2026-11-20T14:00, in UTC unless they say otherwise) or how long ago: 30m, 2h, 7d.
Exit codes: 0 done, 1 failures were found and --exit-code was given, 2 wrong usage or nothing could be read.

Examples:
  badgateway diagnose /var/log/nginx/access.log /var/log/nginx/error.log gunicorn.log
  badgateway diagnose web-1/ web-2/ --since 2h --html report.html
  journalctl -u shop -o short-iso | badgateway diagnose access.log error.log --gunicorn -`;

const EXPLAIN_HELP = `
Examples:
  badgateway explain '[2026-11-20 14:02:40 +0000] [3430] [CRITICAL] WORKER TIMEOUT (pid:3438)'
  tail -n 50 /var/log/nginx/error.log | badgateway explain --log error --format json`;

/** `diagnose`: the main job. */
export function addDiagnose(program: Command): void {
  const command = program
    .command('diagnose')
    .summary('name the cause of every failed request in logs')
    .description(
      'Names the cause of every failed request in the given logs. What a file is gets recognised ' +
        'from its lines unless an option says it; a directory holds the logs of one host, named after ' +
        'it; - is standard input; .gz, .bz2 and .zst are read as they are.',
    )
    .argument('[files...]', 'logs, or directories of logs')
    .option('--access <file>', "NGINX's access log (repeatable, like the next four)", collect)
    .option('--error <file>', "NGINX's error log", collect)
    .option('--gunicorn <file>', "Gunicorn's log", collect)
    .option('--system <file>', 'systemd and kernel log (journalctl, syslog, dmesg)', collect)
    .option('--app <file>', "the application's own log", collect)
    .option('--host <name>', 'the host of files that are not in a directory')
    .option('--tz <zone>', 'zone of logs that do not say theirs: Europe/Berlin, +05:30, UTC')
    .option('--log-format <format>', "NGINX's log_format string, or combined, main, badgateway")
    .option('--gunicorn-version <version>', 'when no log tells it')
    .option('--since <time>', 'nothing before this time')
    .option('--until <time>', 'nothing after this time')
    .option('--html <file>', 'write the report as a page, too: one file that loads nothing')
    .option('--exit-code', 'exit with 1 when there were failures')
    .addHelpText('after', DIAGNOSE_HELP);
  withCommonOptions(command, 'text').action(async (files: string[], _flags, self: Command) => {
    const flags = self.optsWithGlobals<DiagnoseFlags>();
    const { ScanThreads } = await import('../adapters/local/scan-threads.ts');
    const threads = new ScanThreads();
    threads.prepare([...files, ...(flags.access ?? [])]);
    const { runDiagnose } = await import('./commands/diagnose.ts');
    process.exitCode = await runDiagnose(files, flags, threads);
  });
}

/** `explain`: what one line means. */
export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .summary('say what one log line means')
    .description(
      'Says what a log line means: what it is, what the client gets, which causes it can point to. ' +
        'Lines are read from standard input when none is given.',
    )
    .argument('[line]', 'one line of a log, in quotes')
    .option('--log <role>', 'access, error, gunicorn, system or app; recognised when not given')
    .addHelpText('after', EXPLAIN_HELP);
  withCommonOptions(command, 'text').action(
    async (line: string | undefined, _flags, self: Command) => {
      const { runExplain } = await import('./commands/explain.ts');
      process.exitCode = await runExplain(line, self.optsWithGlobals<ExplainFlags>());
    },
  );
}

const WATCH_HELP = `
Times are ISO 8601 (2026-11-20T14:00, in UTC unless they say otherwise) or how long ago: 30m, 2h, 7d.
Lines that are older than an hour are counted, but nobody is alerted by them.
Slack: the URL of an incoming webhook in a file, or in the environment variable BADGATEWAY_SLACK_WEBHOOK.
Exit codes: 0 it was ended, 2 wrong usage or what cannot be watched.

Examples:
  badgateway watch /var/log/nginx/access.log /var/log/nginx/error.log --gunicorn /var/log/gunicorn.log
  badgateway watch /var/log/nginx /var/log/shop --host web-1 --store /var/lib/badgateway
  badgateway watch logs/ --config badgateway.yaml --slack-webhook-file /etc/badgateway/slack --format json`;

/** `watch`: the same as the deployed stack, for files as they grow. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .summary('follow logs as they grow, and alert')
    .description(
      'Follows logs as they grow, through rotations, and alerts in the terminal (and in Slack) when a cause ' +
        'begins to fail requests, grows, is known better, or is over. Files may come later; a directory holds the ' +
        'logs of one host, named after it.',
    )
    .argument('[files...]', 'logs, or directories of logs')
    .option('--access <file>', "NGINX's access log (repeatable, like the next four)", collect)
    .option('--error <file>', "NGINX's error log", collect)
    .option('--gunicorn <file>', "Gunicorn's log", collect)
    .option('--system <file>', 'systemd and kernel log (syslog, messages)', collect)
    .option('--app <file>', "the application's own log", collect)
    .option('--service <name>', 'whose logs they are: web, or the only one of --config')
    .option('--config <file>', 'a badgateway.yaml: policy, privacy, what is known of Gunicorn')
    .option('--store <directory>', 'keep counts and incidents, and go on there (needs Node 24)')
    .option('--since <time>', 'read what is there, too, from this time on')
    .option('--from-start', 'read all that is there')
    .option('--host <name>', 'the host of all files')
    .option('--tz <zone>', 'zone of logs that do not say theirs: Europe/Berlin, +05:30, UTC')
    .option('--log-format <format>', "NGINX's log_format string, or combined, main, badgateway")
    .option('--gunicorn-version <version>', 'when no log tells it')
    .option('--slack-webhook-file <file>', "a file with the URL of the channel's webhook")
    .addHelpText('after', WATCH_HELP);
  withCommonOptions(command, 'text').action(async (files: string[], _flags, self: Command) => {
    const { runWatch } = await import('./commands/watch.ts');
    process.exitCode = await runWatch(files, self.optsWithGlobals<WatchFlags>());
  });
}

const REHEARSE_HELP = `
The policy is a badgateway.yaml, or a file with minFailures, window, minRate, resolveAfter and renotify; without it
the default. Minutes with failures are gone through as the deployed stack would have, with what is known of them now.
Exit codes: 0 done, 2 wrong usage or nothing could be read.

Examples:
  badgateway rehearse access.log error.log gunicorn.log --policy badgateway.yaml
  badgateway rehearse --store /var/lib/badgateway --since 7d --policy stricter.yaml
  badgateway rehearse --stack badgateway --service shop --since 2d --policy badgateway.yaml`;

/** `rehearse`: what a policy would have sent. */
export function addRehearse(program: Command): void {
  const command = program
    .command('rehearse')
    .summary('say what a policy would have sent')
    .description(
      'Goes through logs, or what a store or a stack holds, and says which alerts a policy would have ' +
        'sent, when, and which of its rules could never fire.',
    )
    .argument('[files...]', 'logs, or directories of logs, as for diagnose')
    .option('--policy <file>', 'a badgateway.yaml, or its policy alone')
    .option('--access <file>', "NGINX's access log (repeatable, like the next four)", collect)
    .option('--error <file>', "NGINX's error log", collect)
    .option('--gunicorn <file>', "Gunicorn's log", collect)
    .option('--system <file>', 'systemd and kernel log (journalctl, syslog, dmesg)', collect)
    .option('--app <file>', "the application's own log", collect)
    .option('--store <directory>', 'instead of files: the store of watch (needs Node 24)')
    .option('--stack <name>', 'instead of files: a deployed stack')
    .option('--region <name>', 'its region; by default that of the environment or the profile')
    .option('--profile <name>', 'the AWS profile whose credentials are used')
    .option('--service <name>', 'of a store or stack: one of its services')
    .option('--since <time>', 'nothing before this time; of a store or stack 7d')
    .option('--until <time>', 'nothing after this time')
    .option('--host <name>', 'the host of files that are not in a directory')
    .option('--tz <zone>', 'zone of logs that do not say theirs: Europe/Berlin, +05:30, UTC')
    .option('--log-format <format>', "NGINX's log_format string, or combined, main, badgateway")
    .addHelpText('after', REHEARSE_HELP);
  withCommonOptions(command, 'text').action(async (files: string[], _flags, self: Command) => {
    const { runRehearse } = await import('./commands/rehearse.ts');
    process.exitCode = await runRehearse(files, self.optsWithGlobals<RehearseFlags>());
  });
}

const STACK_HELP = `
The stack is found by CloudFormation, with credentials and region as the AWS CLI finds them.`;

const MUTE_HELP = `
Times are ISO 8601, in UTC unless they say otherwise. Muted incidents are recorded, and told when the mute ends before
they do.${STACK_HELP}
Exit codes: 0 done, 2 wrong usage, or the stack or the store cannot be used.

Examples:
  badgateway mute --service shop --for 2h --reason "database migration"
  badgateway mute --service shop --cause deploy-restart --weekly "Sun 02:00-04:00" --tz Europe/Berlin --reason patches
  badgateway mute --list --store /var/lib/badgateway`;

/** `mute`: nobody is told for a while. */
export function addMute(program: Command): void {
  const command = program
    .command('mute')
    .summary('tell nobody of a service or a cause for a while, or list what is muted')
    .description(
      'Tells nobody of the incidents of a service, of a cause, or of both, until an end or in a weekly window.',
    )
    .option('--service <name>', 'of this service; of all services by default')
    .option('--cause <id>', 'of this cause alone: an id of docs/causes.md')
    .option('--for <duration>', 'from now on: 30m, 2h, 1d')
    .option('--until <time>', 'from now on until this time')
    .option(
      '--weekly <window>',
      'every week at the same time: "Sun 02:00-04:00", "Mon-Fri 12:00-13:00"',
    )
    .option('--tz <zone>', 'zone of --weekly: Europe/Berlin; UTC by default')
    .option('--reason <text>', 'why, for those who wonder')
    .option('--author <name>', 'who; by default the one that AWS or this machine knows')
    .option('--list', 'show what is muted')
    .addHelpText('after', MUTE_HELP);
  withCommonOptions(withPlaceOptions(command), 'text').action(async (_flags, self: Command) => {
    const { runMute } = await import('./commands/mute.ts');
    process.exitCode = await runMute(self.optsWithGlobals<MuteFlags>());
  });
}

const UNMUTE_HELP = `${STACK_HELP}
Exit codes: 0 done, 2 wrong usage, nothing of the kind is muted, or the stack or the store cannot be used.

Examples:
  badgateway unmute m-5e884898
  badgateway unmute --service shop`;

/** `unmute`: people are told again. */
export function addUnmute(program: Command): void {
  const command = program
    .command('unmute')
    .summary('end a mute')
    .description('Ends one mute, or all those that were made for a service, a cause or both.')
    .argument('[id]', 'the id that mute has printed')
    .option('--service <name>', 'the mutes of this service')
    .option('--cause <id>', 'of them those of this cause; without --service those of all services')
    .addHelpText('after', UNMUTE_HELP);
  withCommonOptions(withPlaceOptions(command), 'text').action(
    async (id: string | undefined, _flags, self: Command) => {
      const { runUnmute } = await import('./commands/unmute.ts');
      process.exitCode = await runUnmute(id, self.optsWithGlobals<UnmuteFlags>());
    },
  );
}

const DRILL_HELP = `
It takes the way of every failure, from a log group of its own, and is counted for none of your services.${STACK_HELP}
Exit codes: 0 the message is out and somebody is subscribed, 1 it is not or nobody is, 2 wrong usage, or the stack
cannot be used.

Examples:
  badgateway drill
  badgateway drill --stack staging --region eu-west-1 --format json`;

/** `drill`: whether an alert would arrive. */
export function addDrill(program: Command): void {
  const command = program
    .command('drill')
    .summary('send a test alert through the deployed stack')
    .description(
      'Sends a marked test incident through the deployed stack, from a log line to the message, and says how long ' +
        'each hop took, who is subscribed, and what keeps alerts from arriving. JSON is one document a line.',
    )
    .option('--timeout <duration>', 'how long to wait for the message', '120s')
    .addHelpText('after', DRILL_HELP);
  withCommonOptions(withStackOptions(command), 'text').action(async (_flags, self: Command) => {
    const { runDrill } = await import('./commands/drill.ts');
    process.exitCode = await runDrill(self.optsWithGlobals<DrillFlags>());
  });
}

const QUERY_HELP = `
Times are ISO 8601 (2026-11-20T14:00, in UTC unless they say otherwise) or how long ago: 30m, 2h, 7d.
What was counted is kept by the minute for 17 days, and by the hour for 13 months.${STACK_HELP}

Examples:
  badgateway query --since 7d --by cause,host
  badgateway query --store /var/lib/badgateway --since 90d --by time,cause --every 1d --format csv`;

/** `query`: what was counted. */
export function addQuery(program: Command): void {
  const command = program
    .command('query')
    .summary('count failed requests by cause, host, route, upstream, status and time')
    .description('Counts failed requests by any combination of what is known of them.')
    .option('--service <name>', 'one service; all when it is not given')
    .option('--since <time>', 'nothing before this time', '24h')
    .option('--until <time>', 'nothing after this time')
    .option(
      '--by <what>',
      'time, service, cause, host, route, upstream, status: one or more',
      'cause',
    )
    .option('--every <length>', 'length of a time: 1m, 1h, 1d, 1mo; chosen from the range')
    .option('--cause <id>', 'only this cause')
    .option('--on-host <name>', 'only this host')
    .option('--route <route>', 'only this route: "GET /reports/:id"')
    .option('--upstream <upstream>', 'only this upstream')
    .option('--status <status>', 'only this status')
    .option('--limit <count>', 'groups told apart; all others are one')
    .option('--tz <zone>', 'zone of days and times: Europe/Berlin, +05:30', 'UTC')
    .addHelpText('after', QUERY_HELP);
  withCommonOptions(withPlaceOptions(command), 'text', ['csv']).action(
    async (_flags, self: Command) => {
      const { runQueryCommand } = await import('./commands/query.ts');
      process.exitCode = await runQueryCommand(self.optsWithGlobals<QueryFlags>());
    },
  );
}

const INCIDENTS_HELP = `
Examples:
  badgateway incidents --open
  badgateway incidents --store /var/lib/badgateway shop/worker-timeout/20261120T140211Z`;

/** `incidents`: what people were told, and what not. */
export function addIncidents(program: Command): void {
  const command = program
    .command('incidents')
    .summary('list incidents, or tell the story of one')
    .description(
      'Lists the incidents of a time, muted ones too; of one it says what it was and who was told what.',
    )
    .argument('[id]', 'of one incident, as messages have it')
    .option('--service <name>', 'one service; all when it is not given')
    .option('--since <time>', 'that began after this time', '30d')
    .option('--open', 'only those that are open')
    .addHelpText('after', INCIDENTS_HELP);
  withCommonOptions(withPlaceOptions(command), 'text').action(
    async (id: string | undefined, _flags, self: Command) => {
      const { runIncidents } = await import('./commands/incidents.ts');
      process.exitCode = await runIncidents(id, self.optsWithGlobals<IncidentsFlags>());
    },
  );
}

/** `config check`: whether `badgateway.yaml` is valid. */
export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .summary('check badgateway.yaml')
    .description('What a deployment watches, and whom it tells.');
  const check = config
    .command('check')
    .summary('say what a configuration watches, or all that is wrong with it')
    .description(
      'Checks a configuration: prints what would be watched and who would be told, or every problem ' +
        'with its line, what is wrong and what is allowed.',
    )
    .argument('[file]', 'the configuration', 'badgateway.yaml')
    .addHelpText('after', '\nExit codes: 0 valid, 2 not valid or not readable.');
  withCommonOptions(check, 'text').action(async (file: string, _flags, self: Command) => {
    const { runConfigCheck } = await import('./commands/config-check.ts');
    process.exitCode = await runConfigCheck(file, self.optsWithGlobals<ConfigCheckFlags>());
  });
}

/** What `npm start` runs; not in the help. */
export function addDemo(program: Command): void {
  const command = program.command('demo', { hidden: true }).argument('<directory>');
  withCommonOptions(command, 'text').action(async (directory: string) => {
    const { runDemo } = await import('./commands/demo.ts');
    process.exitCode = await runDemo(directory);
  });
}

/** By which a deployed stack is found. */
function withStackOptions(command: Command): Command {
  return command
    .option('--stack <name>', 'the deployed stack; badgateway by default')
    .option('--region <name>', 'its region; by default that of the environment or the profile')
    .option('--profile <name>', 'the AWS profile whose credentials are used');
}

function withPlaceOptions(command: Command): Command {
  return withStackOptions(command).option(
    '--store <directory>',
    'the store of watch instead of a stack (needs Node 24)',
  );
}

/** What every command takes, before its name or after it. */
export function withCommonOptions(
  command: Command,
  defaultFormat?: string,
  more: readonly string[] = [],
): Command {
  const choices = ['text', 'json', ...more];
  const format = new Option('--format <format>', 'of the result').choices(choices);
  return command
    .addOption(defaultFormat === undefined ? format : format.default(defaultFormat))
    .option('--debug', 'show stack traces')
    .version(VERSION);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
