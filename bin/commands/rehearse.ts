import type { NamedInput } from '../../adapters/local/collect-inputs.ts';
import { memoryTable } from '../../adapters/local/memory-table.ts';
import { type ReadPolicy, readPolicy } from '../../adapters/local/read-policy.ts';
import { readWholeFiles } from '../../adapters/local/watch-whole-files.ts';
import { NO_SETTINGS, type Settings } from '../../core/diagnose/fix-facts.ts';
import { AppError } from '../../core/errors.ts';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { DEFAULT_POLICY, type Policy } from '../../core/incident/policy.ts';
import type { Rehearsal } from '../../core/incident/rehearse.ts';
import { rehearseTable } from '../../core/incident/rehearse-table.ts';
import { rehearsalDocumentOf } from '../../core/messages/rehearsal-document.ts';
import { renderRehearsal } from '../../core/messages/render-rehearsal.ts';
import { LOG_ROLES } from '../../core/model.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { MINUTE_MS } from '../../core/records/keys.ts';
import { REDACT_ALL } from '../../core/redact.ts';
import type { Table } from '../../core/table.ts';
import { reportError } from '../cli-errors.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import type { DiagnoseFlags } from './diagnose.ts';
import { parseLogFormat, parseTime, parseZone } from './flag-values.ts';
import { type Place, type PlaceFlags, withPlace } from './with-deployment.ts';

/** The options of `rehearse` as commander gives them. */
export type RehearseFlags = Omit<DiagnoseFlags, 'exitCode' | 'gunicornVersion'> &
  PlaceFlags & {
    readonly policy?: string;
    readonly service?: string;
  };

const DEFAULT_SERVICE = 'web';
const DEFAULT_SINCE = '7d';

/** Prints what a policy would have sent; returns the exit code. */
export async function runRehearse(files: readonly string[], flags: RehearseFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const nowMs = Date.now();
  const sinceMs = given(flags.since, (text) => parseTime('--since', text, nowMs));
  const untilMs = given(flags.until, (text) => parseTime('--until', text, nowMs));
  if (sinceMs !== null && untilMs !== null && sinceMs >= untilMs) {
    throw new AppError(
      'EmptyWindow',
      `--since ${flags.since} is not before --until ${flags.until}`,
    );
  }
  const read = flags.policy === undefined ? null : readPolicy(flags.policy);
  const policy: Policy = { ...DEFAULT_POLICY, ...read?.policy };
  const inputs = [
    ...files.map((path) => ({ path, role: null })),
    ...LOG_ROLES.flatMap((role) => (flags[role] ?? []).map((path) => ({ path, role }))),
  ];
  const request = { flags, read, policy, sinceMs, untilMs, nowMs };
  const place = flags.store === undefined ? flags.stack : flags.store;
  if (inputs.length === 0 && place !== undefined) return rehearsePlace(request);
  if (place !== undefined) {
    const which = flags.store === undefined ? '--stack' : '--store';
    throw new AppError('StoreAndFiles', `files and ${which} are given: leave one of them out`);
  }
  if (inputs.length === 0) {
    throw new AppError('NoInput', 'nothing to rehearse on: name log files, --store or --stack', {
      hint: 'badgateway rehearse access.log error.log gunicorn.log --policy badgateway.yaml',
    });
  }
  return rehearseFiles(inputs, request);
}

type Request = {
  readonly flags: RehearseFlags;
  readonly read: ReadPolicy | null;
  readonly policy: Policy;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly nowMs: number;
};

async function rehearseFiles(inputs: readonly NamedInput[], request: Request): Promise<number> {
  const { flags, policy } = request;
  const service = servicesOf(request)[0] ?? DEFAULT_SERVICE;
  const table = memoryTable({ clock: () => 0 });
  const format = given(flags.logFormat, parseLogFormat);
  const { requests, range, problems } = await readWholeFiles({
    inputs,
    host: flags.host ?? null,
    timeZone: given(flags.tz, parseZone),
    format: format === null ? null : (NAMED_FORMATS[format] ?? compileLogFormat(format)),
    service,
    redaction: REDACT_ALL,
    table,
  });
  for (const problem of problems) reportError(problem, { isDebug: flags.debug === true });
  if (range === null) throw new AppError('NothingToRead', 'there is no line with a time in them');
  // The last minute is whole, and a verdict that is waited for is there.
  const end = range.toMs + MINUTE_MS + 2 * policy.patienceMs;
  const fromMs = Math.max(range.fromMs, request.sinceMs ?? range.fromMs);
  const untilMs = Math.min(end, request.untilMs ?? end);
  await evaluateAll(table, service, range.toMs);
  const minute = (ms: number) => Math.floor(ms / MINUTE_MS);
  const rehearsal = await rehearseTable(table, {
    ...{ service, policy, fromMs, untilMs },
    settings: settingsOf(request, service),
    requests: requests.counts(minute(fromMs), minute(untilMs)),
  });
  print([{ service, rehearsal }], { fromMs, untilMs }, request);
  return problems.length > 0 ? 2 : 0;
}

/** A store, or the deployed stack. */
async function rehearsePlace(request: Request): Promise<number> {
  const { nowMs, policy, flags } = request;
  const fromMs = request.sinceMs ?? parseTime('--since', DEFAULT_SINCE, nowMs);
  const untilMs = request.untilMs ?? nowMs;
  await withPlace(flags, async ({ table, deployment }) => {
    const services: { service: string; rehearsal: Rehearsal }[] = [];
    for (const { service, settings } of await knownServices(request, deployment)) {
      const options = { service, policy, settings, fromMs, untilMs, requests: null };
      services.push({ service, rehearsal: await rehearseTable(table, options) });
    }
    print(services, { fromMs, untilMs }, request);
  });
  return 0;
}

type KnownService = { readonly service: string; readonly settings: Settings };

/** Of a stack all that it has, unless one is asked for. */
async function knownServices(
  request: Request,
  deployment: Place['deployment'],
): Promise<readonly KnownService[]> {
  if (deployment !== null) {
    const { servicesOf: deployedServices } = await import('../../adapters/aws/open-deployment.ts');
    const known = await deployedServices(deployment);
    const asked = known?.services.filter(
      ({ name }) => request.flags.service === undefined || name === request.flags.service,
    );
    if (asked && asked.length > 0) {
      return asked.map((service) => ({ service: service.name, settings: service }));
    }
  }
  return servicesOf(request).map((service) => {
    return { service, settings: settingsOf(request, service) };
  });
}

function print(
  services: readonly { service: string; rehearsal: Rehearsal }[],
  window: { readonly fromMs: number; readonly untilMs: number },
  { flags, policy }: Request,
): void {
  const document = rehearsalDocumentOf(services, { ...window, policy });
  process.stdout.write(
    flags.format === 'json'
      ? `${JSON.stringify(document, null, 2)}\n`
      : renderRehearsal(document, renderOptionsFor(process.stdout, process.env)),
  );
}

/** Turns that an evaluation may take: each counts some hours. */
const MOST_TURNS = 10_000;

async function evaluateAll(table: Table, service: string, nowMs: number): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const { isMore } = await evaluateService(table, { service, nowMs, stamp: `${turn}` });
    if (!isMore) return;
  }
}

/** Those of `--service`, of the configuration, or the default of `watch`. */
function servicesOf({ flags, read }: Request): readonly string[] {
  if (flags.service !== undefined) return [flags.service];
  return read?.config?.services.map(({ name }) => name) ?? [DEFAULT_SERVICE];
}

function settingsOf({ read }: Request, service: string): Settings {
  const found = read?.config?.services.find(({ name }) => name === service)?.gunicorn;
  if (!found) return NO_SETTINGS;
  const { version, timeoutMs, unit } = found;
  const timeoutSeconds = timeoutMs === null ? null : timeoutMs / 1_000;
  return { gunicornVersion: version, timeoutSeconds, unit };
}

function given<T>(text: string | undefined, parse: (text: string) => T): T | null {
  return text === undefined ? null : parse(text);
}
