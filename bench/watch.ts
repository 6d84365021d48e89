/**
 * `node bench/watch.ts`: lines a second of `badgateway watch`, seconds from a line's write to the alert in the terminal,
 * and memory after ten minutes' worth of traffic; see `docs/performance.md`. Needs `npm run build`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { OUT, prepareCorpus } from './corpus.ts';
import { median } from './median.ts';

const TOOL = process.argv[2] ?? join(import.meta.dirname, '..', 'dist', 'badgateway.cjs');
const DIRECTORY = join(OUT, 'watch');
const NAMES = ['access.log', 'error.log', 'gunicorn.log'];
const ALERTS = 10;
/** Ten minutes of a thousand requests a second, written in one. */
const SECONDS = 60;
const PER_SECOND = 10_000;

/** The page is written by hand: `npm run bench` measures the rest of it. */
function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

type Watching = { readonly child: ChildProcess; output(): string; end(): Promise<string> };

function watching(args: readonly string[]): Watching {
  const child = spawn(process.execPath, [TOOL, 'watch', ...NAMES, ...args], { cwd: DIRECTORY });
  let [output, status] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    output += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    status += text;
  });
  const end = async () => {
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    return status.trimEnd().split('\n').at(-1) ?? '';
  };
  return { child, output: () => output, end };
}

/** Seconds of processor time so far, and the most memory in MB. */
function usage({ child }: Watching): { cpu: number; memory: number; highest: number } {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ');
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024;
  const cpu = (Number(fields[13]) + Number(fields[14])) / 100;
  return { cpu, memory: megabytes('VmRSS'), highest: megabytes('VmHWM') };
}

function startEmpty(): void {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  for (const name of NAMES) writeFileSync(join(DIRECTORY, name), '');
}

const stampOf = (at: Date) =>
  `${at.toUTCString().slice(5, 16).replaceAll(' ', '/')}:${at.toISOString().slice(11, 19)} +0000`;

/** What is there is read: lines a second of processor time, all logs together, evaluation and all. */
async function measureReading(directory: string): Promise<void> {
  startEmpty();
  const yesterday = new Date(Date.now() - 86_400_000);
  const iso = yesterday.toISOString().slice(0, 10);
  const day = stampOf(yesterday).slice(0, 11);
  const read = (name: string) => readFileSync(join(directory, name), 'latin1');
  const write = (name: string, text: string) =>
    writeFileSync(join(DIRECTORY, name), text, 'latin1');
  write('access.log', read('access.log').replaceAll('18/Nov/2025', day));
  write('error.log', read('error.log').replaceAll('2025/11/18', iso.replaceAll('-', '/')));
  write('gunicorn.log', read('gunicorn.log').replaceAll('2025-11-18', iso));
  const watch = watching(['--from-start']);
  await wait(10_000);
  const { cpu, highest } = usage(watch);
  const idleFrom = usage(watch).cpu;
  await wait(10_000);
  const idle = (usage(watch).cpu - idleFrom) / 10;
  const said = await watch.end();
  const lines = Number(/: ([\d,]+) lines/.exec(said)?.[1]?.replaceAll(',', '') ?? 0);
  say(`reading what is there: ${Math.round(lines / cpu)} lines per second of processor time`);
  say(`  ${said}; ${cpu.toFixed(2)} s, at most ${highest.toFixed(0)} MB; idle ${idle * 100} %`);
}

/** Seconds from the write of failing lines until an alert is on standard output. */
async function measureLatency(): Promise<void> {
  const latencies: number[] = [];
  for (let turn = 0; turn < ALERTS; turn++) {
    startEmpty();
    const watch = watching([]);
    // Anywhere in its second.
    await wait(2_000 + turn * 97);
    const now = new Date();
    const local = now.toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
    const from = performance.now();
    for (let index = 0; index < 20; index++) {
      appendFileSync(
        join(DIRECTORY, 'error.log'),
        `${local} [error] 7#7: *${index} upstream sent too big header while reading response header from upstream, client: 10.0.0.1, server: , request: "GET /a/${index} HTTP/1.1", upstream: "http://127.0.0.1:8000/a/${index}", host: "x"\n`,
      );
      appendFileSync(
        join(DIRECTORY, 'access.log'),
        `10.0.0.1 - - [${stampOf(now)}] "GET /a/${index} HTTP/1.1" 502 157 "-" "curl/8.5"\n`,
      );
    }
    while (watch.output() === '' && performance.now() - from < 60_000) await wait(5);
    latencies.push((performance.now() - from) / 1_000);
    await watch.end();
  }
  const most = Math.max(...latencies).toFixed(2);
  say(
    `from write to alert: median ${median(latencies).toFixed(2)} s, at most ${most} s of ${ALERTS}`,
  );
}

/** Traffic with half a per cent of failures, in real time. */
async function measureMemory(directory: string): Promise<void> {
  startEmpty();
  const lines = readFileSync(join(directory, 'access.log'), 'latin1').split('\n').slice(0, 400_000);
  const watch = watching([]);
  await wait(2_000);
  for (let second = 0; second < SECONDS; second++) {
    const stamp = stampOf(new Date());
    const first = (second * PER_SECOND) % lines.length;
    const part = lines.slice(first, first + PER_SECOND);
    const text = part.map((line) => line.replace(/\[[^\]]*\]/, `[${stamp}]`)).join('\n');
    appendFileSync(join(DIRECTORY, 'access.log'), `${text}\n`, 'latin1');
    await wait(1_000 - (Date.now() % 1_000));
    if (second % 15 === 14) {
      const { cpu, memory, highest } = usage(watch);
      say(
        `  ${second + 1} s: ${memory.toFixed(0)} MB, at most ${highest.toFixed(0)}; ${cpu.toFixed(1)} s of processor`,
      );
    }
  }
  await wait(2_000);
  const { cpu, memory, highest } = usage(watch);
  const said = await watch.end();
  say(
    `ten minutes of 1,000 requests a second, in ${SECONDS} s: ${memory.toFixed(0)} MB, at most ${highest.toFixed(0)}; ${cpu.toFixed(1)} s of processor`,
  );
  say(`  ${said}`);
}

const directory = dirname(prepareCorpus({ seed: 502, accessMb: 100, payloadMb: 1 }).access);
await measureReading(directory);
await measureLatency();
await measureMemory(directory);
