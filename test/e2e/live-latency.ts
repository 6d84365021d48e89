/** How long it takes from PutLogEvents to the message, with nothing but defaults. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { AlertingStack } from './alerting-stack.ts';
import { accessLine, closedLine, type Line, refusedLine, timeoutLine } from './log-lines.ts';

export type Latency = {
  readonly service: string;
  /** Rests on the silence of a log: it is held back for the policy's patience, see `core/incident/worth-waking.ts`. */
  readonly isWeak: boolean;
  /** From the answer to the first PutLogEvents of the failure to the message in the queue. */
  readonly ms: number;
};

const STRONG = Array.from({ length: 20 }, (_, index) => `strong-${index + 1}`);
const WEAK = Array.from({ length: 3 }, (_, index) => `weak-${index + 1}`);
const ROLES = ['access', 'error', 'gunicorn'] as const;
const FAILURES = 8;
const HOST = 'web-1';
/** No more than twenty messages in a minute, beyond which they are summarised; and at all points of the ten seconds of a wake-up. */
const EVERY_MS = 4_200;
/** Weak verdicts have 30 s of patience. */
const LONGEST_MS = 120_000;

function groupOf(service: string, role: string): string {
  return `/latency/${service}/${role}`;
}

/** Services with defaults in everything. */
export function latencyConfiguration(): string {
  const services = [...STRONG, ...WEAK].map((service) => {
    // MiniStack knows no filter patterns, see pipeline.test.ts.
    const groups = ROLES.map(
      (role) => `      ${role}: { name: ${groupOf(service, role)}, create: true, pattern: "" }\n`,
    );
    return `  - name: ${service}\n    logs:\n${groups.join('')}`;
  });
  return `services:\n${services.join('')}`;
}

/** Makes one service after the other fail; gives how long each message took. */
export async function measureLatencies(
  stack: AlertingStack,
  logs: CloudWatchLogsClient,
): Promise<readonly Latency[]> {
  const measured: Promise<Latency>[] = [];
  for (const service of [...WEAK, ...STRONG]) {
    measured.push(measure(service, { stack, logs }));
    await wait(EVERY_MS);
  }
  return Promise.all(measured);
}

type Ports = { readonly stack: AlertingStack; readonly logs: CloudWatchLogsClient };

async function measure(service: string, { stack, logs }: Ports): Promise<Latency> {
  const isWeak = WEAK.includes(service);
  const now = Date.now() - 1_000;
  const paths = Array.from({ length: FAILURES }, (_, index) => `/cart/${index}`);
  const access = paths.map((path) => accessLine(now, path));
  const putAt = await put(logs, groupOf(service, 'access'), access);
  const errors = paths.map((path) => (isWeak ? refusedLine : closedLine)(now, path));
  await put(logs, groupOf(service, 'error'), errors);
  const timeouts = paths.map((_, index) => timeoutLine(now, 50 + index));
  if (!isWeak) await put(logs, groupOf(service, 'gunicorn'), timeouts);
  const { at } = await stack.transitionOf(service, 'opened', LONGEST_MS);
  return { service, isWeak, ms: at - putAt };
}

/** Gives when CloudWatch Logs had taken the lines. */
async function put(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  lines: readonly Line[],
): Promise<number> {
  const place = { logGroupName, logStreamName: HOST };
  await logs.send(new CreateLogStreamCommand(place));
  const logEvents = lines.map(({ at, text }) => ({ timestamp: at, message: text }));
  await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
  return Date.now();
}

/** `median 12.6 s, longest 13.4 s: 12.1, 12.2, …` */
export function summaryOf(latencies: readonly Latency[]): string {
  const sorted = latencies.map(({ ms }) => ms).sort((a, b) => a - b);
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  const all = sorted.map(seconds).join(', ');
  return `median ${seconds(medianOf(latencies))} s, longest ${seconds(sorted.at(-1) ?? 0)} s: ${all}`;
}

export function medianOf(latencies: readonly Latency[]): number {
  const sorted = latencies.map(({ ms }) => ms).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}
