/**
 * The configuration after validation: what `badgateway.yaml`, the `-c` quick start and the props of the construct
 * all come to. `schema.ts` says what is allowed.
 */
import type { LogRole } from '../model.ts';

/** One CloudWatch log group. */
export type LogGroupConfig = {
  /** Name; one that ends with `*` stands for all groups that begin so, now and later. */
  readonly name: string;
  /** Of an access log: an NGINX `log_format` string or the name of a known one. */
  readonly format: string | null;
  /** CloudWatch filter pattern instead of the one for the role. */
  readonly pattern: string | null;
  /** The stack makes the group and keeps it when it is deleted. */
  readonly create: boolean;
};

type GunicornConfig = {
  readonly version: string | null;
  readonly workerClass: string | null;
  readonly timeoutMs: number | null;
  readonly unit: string | null;
};

export type ServiceConfig = {
  readonly name: string;
  readonly logs: Readonly<Record<LogRole, readonly LogGroupConfig[]>>;
  /** Templates of log stream names, `{host}` where the host's name stands; empty: found out. */
  readonly streams: readonly string[];
  readonly gunicorn: GunicornConfig;
  /** Where it differs from the default: everything is taken out of log lines. */
  readonly privacy?: PrivacyConfig;
};

export const PRIVACY_KINDS = ['queries', 'tokens', 'emails', 'addresses'] as const;

export type PrivacyConfig = {
  /** What is not taken out. */
  readonly keep: readonly (typeof PRIVACY_KINDS)[number][];
  /** Names of further keys whose values are. */
  readonly extra: readonly string[];
};

export type PolicyConfig = {
  readonly minFailures: number;
  readonly windowMs: number;
  /** Share of requests, 0 to 1. */
  readonly minRate: number;
  readonly resolveAfterMs: number;
  readonly renotifyMs: number;
};

type SlackConfig =
  | { readonly kind: 'webhook'; readonly secretArn: string }
  | { readonly kind: 'chat'; readonly workspaceId: string; readonly channelId: string };

export type AlertsConfig = {
  readonly email: readonly string[];
  readonly slack: SlackConfig | null;
  readonly policy: PolicyConfig;
};

export type Config = {
  readonly services: readonly ServiceConfig[];
  readonly alerts: AlertsConfig;
  readonly transport: 'lambda';
};
