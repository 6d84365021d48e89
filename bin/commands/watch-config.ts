/** What a `badgateway.yaml` says of the one service that is watched here. */
import { loadConfig } from '../../adapters/local/read-config.ts';
import type { Config, ServiceConfig } from '../../core/config/config.ts';
import { NO_SETTINGS, type Settings } from '../../core/diagnose/fix-facts.ts';
import { AppError } from '../../core/errors.ts';
import { DEFAULT_POLICY, type Policy } from '../../core/incident/policy.ts';
import { redactionOf } from '../../core/redact/redaction-of.ts';
import type { Redaction } from '../../core/redact.ts';

export type WatchedService = {
  readonly name: string;
  readonly settings: Settings;
  readonly policy: Policy;
  readonly redaction: Redaction;
  /** It asks for Slack in a way that only the deployed stack has. */
  readonly asksForSlack: boolean;
};

const DEFAULT_NAME = 'web';
/** Files of one machine lag less behind each other than logs that agents ship: a weak verdict is waited for shortly. */
const PATIENCE_MS = 5_000;
const LOCAL_POLICY: Policy = { ...DEFAULT_POLICY, patienceMs: PATIENCE_MS };
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/i;

/** Throws `AppError` for a configuration that is not valid, and when it is not clear which service is meant. */
export function watchedService(file: string | undefined, name: string | undefined): WatchedService {
  if (name !== undefined && !NAME.test(name)) {
    throw new AppError(
      'BadService',
      `--service "${name}" is no name of a service: use letters, digits, - and _`,
    );
  }
  if (file === undefined) return withoutConfig(name ?? DEFAULT_NAME);
  const config = loadConfig(file);
  const service = serviceOf(config, file, name);
  const { version, timeoutMs, unit } = service.gunicorn;
  return {
    name: service.name,
    settings: {
      gunicornVersion: version,
      timeoutSeconds: timeoutMs === null ? null : timeoutMs / 1_000,
      unit,
    },
    policy: { ...LOCAL_POLICY, ...config.alerts.policy },
    redaction: redactionOf(service.privacy),
    asksForSlack: config.alerts.slack !== null,
  };
}

function withoutConfig(name: string): WatchedService {
  const redaction = redactionOf();
  return {
    name,
    settings: NO_SETTINGS,
    policy: LOCAL_POLICY,
    redaction,
    asksForSlack: false,
  };
}

function serviceOf(config: Config, file: string, name: string | undefined): ServiceConfig {
  const { services } = config;
  const found =
    name === undefined && services.length === 1
      ? services[0]
      : services.find((service) => service.name === name);
  if (found) return found;
  const names = services.map((service) => service.name).join(', ');
  throw name === undefined
    ? new AppError('WhichService', `${file} has several services: give one of ${names}`, {
        hint: `--service ${services[0]?.name ?? ''}`,
      })
    : new AppError('UnknownService', `${file} has no service "${name}": use one of ${names}`);
}
