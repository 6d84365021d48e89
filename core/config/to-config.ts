import type {
  AlertsConfig,
  Config,
  LogGroupConfig,
  PolicyConfig,
  PrivacyConfig,
  ServiceConfig,
} from './config.ts';
import { PRIVACY_KINDS } from './config.ts';
import { parseDuration } from './duration.ts';
import type {
  AccessLogGroupInput,
  AlertsInput,
  ConfigInput,
  PolicyInput,
  PrivacyInput,
  ServiceInput,
} from './input.ts';
import { parseShare } from './share.ts';

/** What a valid input comes to: lists, milliseconds, `null` for what was left out, and the defaults. */
export function toConfig(input: ConfigInput): Config {
  const { services, alerts = {}, transport = 'lambda' } = input;
  const privacy = toPrivacy(input.privacy ?? {});
  return {
    services: services.map((service) => toService(service, privacy)),
    alerts: toAlerts(alerts),
    transport,
  };
}

/** `undefined`: as it is without. */
function toPrivacy({ extra = [], ...kinds }: PrivacyInput): PrivacyConfig | undefined {
  const keep = PRIVACY_KINDS.filter((kind) => kinds[kind] === 'keep');
  return keep.length === 0 && extra.length === 0 ? undefined : { keep, extra };
}

function toService(
  { name, logs, streams = [], gunicorn = {} }: ServiceInput,
  privacy: PrivacyConfig | undefined,
): ServiceConfig {
  return {
    ...(privacy && { privacy }),
    name,
    logs: {
      access: toGroups(logs.access),
      error: toGroups(logs.error),
      gunicorn: toGroups(logs.gunicorn),
      system: toGroups(logs.system),
      app: toGroups(logs.app),
    },
    streams: listOf(streams),
    gunicorn: {
      version: gunicorn.version ?? null,
      workerClass: gunicorn.workerClass ?? null,
      timeoutMs: gunicorn.timeout === undefined ? null : milliseconds(gunicorn.timeout),
      unit: gunicorn.unit ?? null,
    },
  };
}

function toGroups(
  given: AccessLogGroupInput | readonly AccessLogGroupInput[] = [],
): LogGroupConfig[] {
  return listOf(given).map((group) => {
    const { name, format, pattern, create } =
      typeof group === 'string' ? ({ name: group } as Exclude<typeof group, string>) : group;
    return { name, format: format ?? null, pattern: pattern ?? null, create: create ?? false };
  });
}

function toAlerts({ email = [], slack, policy = {} }: AlertsInput): AlertsConfig {
  return { email: listOf(email), slack: toSlack(slack), policy: toPolicy(policy) };
}

function toSlack(slack: AlertsInput['slack']): AlertsConfig['slack'] {
  if (slack === undefined) return null;
  return 'webhookSecret' in slack
    ? { kind: 'webhook', secretArn: slack.webhookSecret }
    : { kind: 'chat', workspaceId: slack.workspaceId, channelId: slack.channelId };
}

function toPolicy(policy: PolicyInput): PolicyConfig {
  return {
    minFailures: policy.minFailures ?? 5,
    windowMs: milliseconds(policy.window ?? '5m'),
    minRate: parseShare(policy.minRate ?? '1%') ?? 0,
    resolveAfterMs: milliseconds(policy.resolveAfter ?? '10m'),
    renotifyMs: milliseconds(policy.renotify ?? '4h'),
  };
}

function milliseconds(duration: string): number {
  return parseDuration(duration) ?? 0;
}

function listOf<T extends string | object>(given: T | readonly T[]): readonly T[] {
  return isList(given) ? given : [given];
}

/** `Array.isArray` does not tell read-only lists. */
function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given);
}
