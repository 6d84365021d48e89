import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { OpenDeployment } from '../../adapters/aws/open-deployment.ts';
import { parseDuration } from '../../core/config/duration.ts';
import { AppError } from '../../core/errors.ts';
import { drillIdOf, drillLines } from '../../core/incident/drill-log.ts';
import {
  DRILL_HOPS,
  type Drill,
  hasTaken,
  incidentOfDrill,
} from '../../core/incident/drill-progress.ts';
import { printableText } from '../../core/messages/printable.ts';
import {
  DRILL_SCHEMA,
  type DrillDocument,
  type DrillHopDocument,
  type DrillProblem,
  type HopTime,
  renderDrillEnd,
  renderHop,
  stuckAt,
  subscriptionDocumentOf,
  subscriptionProblems,
} from '../../core/messages/render-drill.ts';
import { endQuietlyWhenClosed } from '../terminal.ts';
import { findDeployment, type StackFlags } from './with-deployment.ts';

/** The options of `drill` as commander gives them. */
export type DrillFlags = StackFlags & {
  readonly format: 'text' | 'json';
  readonly timeout?: string;
};

/** Evaluations wait up to 20 s for each other, and functions start: some 15 s are usual. */
const TIMEOUT_MS = 120_000;
const POLL_MS = 500;

/** Sends a test incident through a deployed stack; 0 when its message is out and somebody gets it, else 1. */
export async function runDrill(flags: DrillFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const timeoutMs = timeoutFrom(flags.timeout);
  const deployment = await findDeployment(flags);
  const logGroup = logGroupOf(deployment);
  const startedMs = Date.now();
  const id = drillIdOf(startedMs, randomBytes(4).toString('hex'));
  const drill: Drill = { id, atMs: startedMs, path: `${logGroup}/${id}` };
  const { putLines } = await import('../../adapters/aws/open-deployment-drill.ts');
  if (flags.format === 'text') {
    process.stdout.write(`${id}, through stack ${deployment.stack} in ${deployment.region}:\n`);
  }
  const lines = drillLines(startedMs);
  await putLines(deployment, { logGroup, logStream: id, atMs: startedMs, lines });
  const onHop = (hop: HopTime) => sayHop(id, hop, flags.format);
  const hops = await followDrill({ deployment, drill, timeoutMs, onHop });
  const document = await resultOf({ deployment, drill, hops, timeoutMs });
  process.stdout.write(
    flags.format === 'json' ? `${JSON.stringify(document)}\n` : renderDrillEnd(document),
  );
  return document.ok ? 0 : 1;
}

type Following = {
  readonly deployment: OpenDeployment;
  readonly drill: Drill;
  readonly timeoutMs: number;
  readonly onHop: (hop: HopTime) => void;
};

async function followDrill({ deployment, drill, timeoutMs, onHop }: Following): Promise<HopTime[]> {
  const hops: HopTime[] = [];
  for (const hop of DRILL_HOPS) {
    while (!(await hasTaken(deployment.table, drill, hop))) {
      if (Date.now() - drill.atMs > timeoutMs) {
        return [...hops, ...DRILL_HOPS.slice(hops.length).map((late) => ({ hop: late, ms: null }))];
      }
      await wait(POLL_MS);
    }
    const taken = { hop, ms: Date.now() - drill.atMs };
    onHop(taken);
    hops.push(taken);
  }
  return hops;
}

function sayHop(id: string, hop: HopTime, format: DrillFlags['format']): void {
  const document: DrillHopDocument = { schema: DRILL_SCHEMA, kind: 'hop', id, ...hop };
  process.stdout.write(format === 'json' ? `${JSON.stringify(document)}\n` : renderHop(hop));
}

type Ended = Omit<Following, 'onHop'> & { readonly hops: readonly HopTime[] };

async function resultOf({ deployment, drill, hops, timeoutMs }: Ended): Promise<DrillDocument> {
  const { subscriptionsOf } = await import('../../adapters/aws/open-deployment-drill.ts');
  const stuck = hops.find(({ ms }) => ms === null);
  const listed = await subscriptionsOf(deployment);
  const subscriptions = listed.map(subscriptionDocumentOf);
  const unread = await unreadGroups(deployment);
  const incident = stuck ? null : await incidentOfDrill(deployment.table, drill);
  const problems: DrillProblem[] = [
    ...(stuck ? [stuckAt(stuck.hop, deployment.name, timeoutMs)] : []),
    ...subscriptionProblems(subscriptions, deployment.topicArn),
    ...(unread ?? []).map((name) => ({
      what: `log group ${name} is not read: it has no filter of this deployment`,
      todo: `it gets one within five minutes, unless other tools hold both of its places: look into log group /badgateway/${deployment.name}/subscribe`,
    })),
  ];
  return {
    schema: DRILL_SCHEMA,
    kind: 'result',
    id: drill.id,
    stack: deployment.stack,
    region: deployment.region,
    startedAt: new Date(drill.atMs).toISOString(),
    ok: stuck === undefined && subscriptions.some(({ state }) => state === 'confirmed'),
    hops,
    alert: incident?.published[0] ?? null,
    subscriptions,
    unread,
    problems,
  };
}

/** Of the log groups that the functions know by name; `null`: whoever runs the drill may not look. */
async function unreadGroups(deployment: OpenDeployment): Promise<readonly string[] | null> {
  const { servicesOf } = await import('../../adapters/aws/open-deployment.ts');
  const { groupsWithoutFilter } = await import('../../adapters/aws/open-deployment-drill.ts');
  const known = await servicesOf(deployment);
  if (known === null) return null;
  const read = Object.values(known.logGroups).flatMap((roles) =>
    Object.entries(roles).flatMap(([role, names]) => (role === 'app' ? [] : names)),
  );
  const named = [...new Set(read)].filter((name) => !name.endsWith('*'));
  return groupsWithoutFilter(deployment, named);
}

function logGroupOf({ drillLogGroup, stack }: OpenDeployment): string {
  if (drillLogGroup !== null) return drillLogGroup;
  throw new AppError(
    'NoDrillLogGroup',
    `stack "${printableText(stack)}" has no log group for drills`,
    {
      hint: 'it was deployed by an older badgateway: deploy it again (npx cdk deploy)',
    },
  );
}

function timeoutFrom(text: string | undefined): number {
  if (text === undefined) return TIMEOUT_MS;
  const ms = parseDuration(text) ?? 0;
  if (ms > 0) return ms;
  throw new AppError('BadDuration', `--timeout "${text}" is no duration: use 90s, 5m`);
}
