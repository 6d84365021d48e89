import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { interleave } from '../interleave.ts';
import { median, medianRatio } from '../median.ts';
import { say } from '../say.ts';
import { renderTable, threeDigits } from '../table.ts';
import type { Verdict } from '../verdict.ts';
import { bundleScript } from './bundle.ts';
import { readPayloads } from './payloads.ts';

const MOST_OF_FLOOR = 1.3;
const ROLES = ['access', 'error', 'gunicorn'];
const VARIANTS = ['sized', 'all', 'ours'] as const;

/** The first payload that a process gets, for one payload of each role; the file's own first one is what counts. */
export function measureCold(file: string, spawns: number): Verdict[] {
  const script = bundleScript('first-payload');
  const payloads = readPayloads(file);
  const results = ROLES.map((role) => {
    const index = payloads.findIndex((data) => logGroupOf(data).endsWith(role));
    return { role, ...measureOne(script, file, { index, spawns }) };
  });
  say(`\n### First payload of a process, ${spawns} processes each\n\n`);
  const rows = results.map(({ role, sized, all, ours, ratio }) => [
    role,
    ...[sized, all, ours].map((ms) => ms.toFixed(2)),
    threeDigits(ratio),
  ]);
  const head = ['payload of', 'sized floor ms', 'all ms', 'badgateway ms', '× floor'];
  say(renderTable(head, rows));
  const first = logGroupOf(payloads[0] ?? '');
  return results
    .filter(({ role }) => first.endsWith(role))
    .map(({ role, ratio }) => ({
      what: `first payload (${role}): × sized decode floor`,
      measured: ratio,
      most: MOST_OF_FLOOR,
    }));
}

function logGroupOf(data: string): string {
  const document = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8'));
  return (document as { logGroup: string }).logGroup;
}

function measureOne(script: string, file: string, at: { index: number; spawns: number }) {
  const contestants = VARIANTS.map((name) => ({
    name,
    run: () => {
      const args = [script, file, String(at.index), name];
      return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    },
  }));
  const times = interleave(contestants, at.spawns);
  const of = (name: (typeof VARIANTS)[number]) => times.get(name) ?? [];
  return {
    sized: median(of('sized')),
    all: median(of('all')),
    ours: median(of('ours')),
    ratio: medianRatio(of('ours'), of('sized')),
  };
}
