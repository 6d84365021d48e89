/** One incident from its first failure to its end, and once more: each kind of change happens to it. */
import type { Transition } from '../../../core/incident/incident.ts';
import {
  failed,
  gunicorn,
  type Line,
  logOf,
  MINUTE_MS,
  START,
} from '../../pipeline/made-up-logs.ts';
import { play } from './played-alerts.ts';

const SECOND = 1 / 60;

type Burst = {
  readonly host: string;
  /** Minutes after noon. */
  readonly from: number;
  readonly count: number;
};

/** Workers time out on web-1, then more often and on web-2, until somebody restarts them; half an hour later again. */
const BURSTS: readonly Burst[] = [
  { host: 'web-1', from: 2, count: 8 },
  { host: 'web-1', from: 5, count: 60 },
  { host: 'web-2', from: 5, count: 40 },
  { host: 'web-1', from: 32, count: 9 },
];
const RESTARTED = 6.2;
/** Until then the agent that ships Gunicorn's log lags behind. */
const LAGGING_MS = START + 4 * MINUTE_MS;

/** Its changes, in order. */
export async function lifeOfAnIncident(): Promise<Transition[]> {
  const logs = ['web-1', 'web-2'].flatMap((host) => {
    const bursts = BURSTS.filter((one) => one.host === host);
    const restart = [
      gunicorn(RESTARTED, 'Handling signal: term'),
      gunicorn(RESTARTED + 2 * SECOND, 'Starting gunicorn 23.0.0'),
    ];
    const backend = [...bursts.flatMap((burst) => linesOf(burst, timedOut)), ...restart];
    return [
      logOf(
        'access',
        bursts.flatMap((burst) => linesOf(burst, answered)),
        host,
      ),
      logOf(
        'error',
        bursts.flatMap((burst) => linesOf(burst, closed)),
        host,
      ),
      logOf(
        'gunicorn',
        backend.sort(([a], [b]) => a - b),
        host,
      ),
    ];
  });
  return play({
    logs,
    fromMs: START,
    toMs: START + 40 * MINUTE_MS,
    delayMs: (role, atMs) => (role === 'gunicorn' && atMs < LAGGING_MS ? 100_000 : 0),
  });
}

/** One failure a second. */
function linesOf({ from, count }: Burst, lineAt: (minute: number, number: number) => Line): Line[] {
  return Array.from({ length: count }, (_, index) => lineAt(from + index * SECOND, index));
}

function answered(minute: number, number: number): Line {
  return failed(minute, `/reports/${number}`);
}

function timedOut(minute: number, number: number): Line {
  return gunicorn(minute, `WORKER TIMEOUT (pid:${3438 + number})`, 41, 'CRITICAL');
}

const CLOSED = 'upstream prematurely closed connection while reading response header from upstream';

function closed(minute: number, number: number): Line {
  const stamp = new Date(START + minute * MINUTE_MS).toISOString().slice(0, 19);
  const path = `/reports/${number}`;
  const request = `client: 10.0.0.9, server: _, request: "GET ${path} HTTP/1.1"`;
  const upstream = `upstream: "http://127.0.0.1:8000${path}", host: "shop"`;
  return [
    minute,
    `${stamp.replaceAll('-', '/').replace('T', ' ')} [error] 70#70: *${number + 1} ${CLOSED}, ${request}, ${upstream}`,
  ];
}
