/** Real lines made strange. All texts are byte strings. */
import type { Random } from './random.ts';

/** Numbers that programs trip over. */
const ODD_NUMBERS = [
  '0',
  '-1',
  '00000000000',
  '99999999999999999999',
  '1e309',
  '9007199254740993',
  '4294967296',
  'NaN',
  '0x7f',
  '1.7976931348623157e308',
  '275760-09-13',
];

/** Pieces of every grammar, in places where they do not belong. */
const PIECES = [
  '"',
  '\\"',
  '\\',
  '\\x22',
  '\\u0022',
  '\\u',
  '\\ud800',
  ', client: ',
  ', request: "',
  '", upstream: "http://127.0.0.1:8000/',
  '", host: "x"',
  ' while connecting to upstream',
  'HTTP/1.1" 502 157 "-" "-"',
  '[21/Nov/2026:00:51:26 +0000]',
  '2026/11/21 00:51:36 [error] 1#1: *1 ',
  '[2026-11-21 00:51:24 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:2)',
  'Traceback (most recent call last):',
  '  File "/x.py", line 1, in f',
  '{"a":{"b":[',
  '{"log":"',
  '<31>1 ',
  '\x1b[31m',
  '\x1b]0;x\x07',
  '\x9b2J',
  '\xe2\x80\xae',
  '\xc0\x80',
  '\xff\xfe',
  '\xf4\x90\x80\x80',
  '\0',
  '\r',
  '\t',
  ' : ',
  '502, 200',
  '502 : 200',
  '-, -',
  '%00%0a',
  '::ffff:127.0.0.1',
];

type Mutation = (line: string, random: Random) => string;

const MUTATIONS: readonly Mutation[] = [
  (line, random) => line.slice(0, random.below(line.length + 1)),
  (line, random) => line.slice(random.below(line.length + 1)),
  (line, random) => insert(line, random, random.pick(PIECES)),
  (line, random) => insert(line, random, random.pick(PIECES).repeat(1 + random.below(40))),
  (line, random) => insert(line, random, random.bytes(1 + random.below(8))),
  (line, random) => insert(line, random, line.slice(random.below(line.length + 1))),
  (line, random) => overwrite(line, random, String.fromCharCode(random.below(256))),
  (line, random) => replaceNumber(line, random),
  (line, random) => line.replaceAll(random.pick([' ', '"', '[', ':', ',']), random.pick(PIECES)),
  (line, random) => removeOne(line, random),
  (line, random) => wrap(line, random),
];

/** One to six mutations, one after the other. */
export function mutate(line: string, random: Random): string {
  let result = line;
  for (let left = 1 + random.below(6); left > 0; left--) {
    result = random.pick(MUTATIONS)(result, random).slice(0, 65_536);
  }
  return result;
}

function insert(line: string, random: Random, piece: string): string {
  const at = random.below(line.length + 1);
  return line.slice(0, at) + piece + line.slice(at);
}

function overwrite(line: string, random: Random, piece: string): string {
  const at = random.below(line.length + 1);
  return line.slice(0, at) + piece + line.slice(at + 1);
}

function removeOne(line: string, random: Random): string {
  const at = random.below(line.length + 1);
  return line.slice(0, at) + line.slice(at + 1 + random.below(6));
}

function replaceNumber(line: string, random: Random): string {
  const numbers = [...line.matchAll(/\d+/g)];
  if (numbers.length === 0) return line;
  const { 0: number, index } = random.pick(numbers);
  return line.slice(0, index) + random.pick(ODD_NUMBERS) + line.slice(index + number.length);
}

/** What Docker, containerd, syslog, Kubernetes tools, Compose and supervisors put round a line. */
const WRAPPERS: readonly ((line: string) => string)[] = [
  (line) =>
    `${JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: '2026-11-21T00:51:24.1Z' })}`,
  (line) => `2026-11-21T00:51:24.123456789Z stderr F ${line}`,
  (line) => `2026-11-21T00:51:24.123456789Z stdout P ${line}`,
  (line) => `Nov 21 00:51:24 web-1 nginx: ${line}`,
  (line) => `<187>Nov 21 00:51:24 web-1 nginx[12]: ${line}`,
  (line) => `<187>1 2026-11-21T00:51:24.000Z web-1 gunicorn 12 - [a@1 b="c\\]"] ${line}`,
  (line) => `[pod/web-1/app] ${line}`,
  (line) => `web-1  | ${line}`,
  (line) => `\x1b[36mweb_1  |\x1b[0m ${line}`,
  (line) => `2026-11-21 00:51:24,123 INFO ${line}`,
];

/** Inside one to five wrappers, more than anything real nests. */
export function wrap(line: string, random: Random): string {
  let wrapped = line;
  for (let layers = 1 + random.below(5); layers > 0; layers--) {
    wrapped = random.pick(WRAPPERS)(wrapped);
  }
  return wrapped;
}
