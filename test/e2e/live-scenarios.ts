/** What fails live, each in a service of its own, and what people must be told of it. */
import { FORMATS, type FormatName } from '../../lab/formats.ts';
import type { Scenario } from '../../lab/scenario.ts';
import { killAtWork } from '../../lab/scenarios/deaths.ts';
import { scenarios } from '../../lab/scenarios/index.ts';
import { newAddress, openSite } from '../../lab/site.ts';
import { GUNICORN } from '../../lab/versions.ts';

export type LiveService = {
  readonly service: string;
  readonly scenario: Scenario;
  /** Format of the access log; `combined` unless said. */
  readonly format?: FormatName;
  /** Of each log a piece of a line that proves the cause. Empty: nothing fails. */
  readonly evidence: readonly string[];
  /** What of it, or instead of it, messages for people have room for; the same unless said. */
  readonly shown?: readonly string[];
};

/** A sign from the test to a scenario that goes on. */
class Signal {
  readonly given: Promise<void>;
  give: () => void = () => {};

  constructor() {
    this.given = new Promise((resolve) => {
      this.give = resolve;
    });
  }
}

/** Given when people were told of the `growing` service, and it is long enough ago to tell them again. */
export const growth = new Signal();

export const LIVE: readonly LiveService[] = [
  of('not-started-tcp', ['connect() failed (111: Connection refused)']),
  of('port-mismatch', ['connect() failed (111: Connection refused)', 'Listening at: ']),
  { ...of('socket-mode', ['(13: Permission denied)']), shown: ['connect() to unix:'] },
  of('bind-failure-tcp', ['Connection in use: ', 'connect() failed (111: Connection refused)']),
  {
    ...of('boot-import-error', ['Exception in worker process', '(111: Connection refused)']),
    shown: ['ModuleNotFoundError', 'Exception in worker process'],
  },
  { ...of('worker-timeout-sync-23.0.0', ['WORKER TIMEOUT (pid:']), service: 'timeout-500' },
  {
    ...of('worker-timeout-sync-21.2.0', ['WORKER TIMEOUT (pid:', 'prematurely closed']),
    service: 'timeout-502',
  },
  of('worker-abort', ['was sent SIGABRT', 'prematurely closed']),
  {
    ...of('accept-queue-unix', ['(11: Resource temporarily unavailable)']),
    shown: ['connect() to unix:'],
    format: 'timed',
  },
  { ...of('read-timeout-uvicorn', ['(110: Connection timed out)']), format: 'json' },
  { ...of('invalid-header', ['upstream sent invalid header']), format: 'timed' },
  {
    service: 'worker-killed',
    evidence: ['was sent SIGKILL', 'prematurely closed'],
    scenario: {
      name: 'live-worker-killed',
      description: 'Somebody kills workers with SIGKILL while they build reports.',
      run: async (stage) => {
        const { client } = await openSite(stage, { gunicorn: { workers: 3 } });
        await stage.shoppers(client, 12);
        await killAtWork(stage, client, 6, 'worker-killed');
        return undefined;
      },
    },
  },
  {
    service: 'growing',
    evidence: ['upstream sent too big header'],
    scenario: {
      name: 'live-growing',
      description: 'Profile pages fail for a few people, then, a minute later, for many.',
      deadlineSeconds: 200,
      run: async (stage) => {
        const { client } = await openSite(stage);
        const call = { blame: 'upstream-header-too-big', expect: ['502'] };
        await client.series(6, (n) => `/profile/${6 + n}`, call, 50);
        await growth.given;
        await client.series(80, (n) => `/profile/${6 + n}`, call, 10);
        return undefined;
      },
    },
  },
  of('healthy-combined', []),
  { ...of('attack-on-healthy', []), service: 'attacked' },
];

/** A scenario of the lab under its own name. */
function of(name: string, evidence: readonly string[]): LiveService {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`the lab has no scenario ${name}`);
  return { service: name, scenario, evidence };
}

/** As `format:` of a log group in `badgateway.yaml`; `null`: it need not be said. */
export function formatTextOf({ format = 'combined' }: LiveService): string | null {
  if (format === 'json') return 'json';
  return FORMATS[format].args.at(-1) ?? null;
}

const HOSTILE = [
  '<!channel> <@U012AB3CD> <https://evil.example|click here>',
  '<script>alert(1)</script> &lt;!here&gt;',
  '``` *bold* _it_ ~no~',
  '\u202Egnp.exe\u2066 \u200Bhidden',
  '\x1b[2J\x1b[31mred\x1b]8;;http://evil.example\x07link\x1b]8;;\x07',
].join(' ');

/** Services whose failing requests and whose application write what would harm a reader. */
export const HOSTILE_SERVICES: readonly LiveService[] = [
  {
    service: 'hostile-client',
    evidence: ['upstream sent too big header'],
    scenario: {
      name: 'live-hostile-client',
      description: 'Requests that truly fail carry markup, escape sequences and forged log lines.',
      run: async (stage) => {
        const { client } = await openSite(stage);
        const headers = {
          Referer: bytesOf(`${HOSTILE} ", upstream: "http://evil:1/`),
          'User-Agent': bytesOf(`${HOSTILE} " 502 157 "-" "-"`),
        };
        const call = { blame: 'upstream-header-too-big', expect: ['502'], headers };
        const path = bytesOf('/profile/<!channel>```<b>\u202Egnp.exe</b>/6?to=<!here>');
        await client.series(8, () => path, call, 50);
        return undefined;
      },
    },
  },
  {
    service: 'hostile-app',
    evidence: ['Exception in worker process'],
    scenario: {
      name: 'live-hostile-app',
      description: 'The application fails to start, with an error message that somebody made up.',
      run: async (stage) => {
        const bind = await newAddress(stage, 'tcp');
        stage.write('broken.py', `raise RuntimeError(${pythonText(FORGED)})\n`);
        await stage.gunicorn({
          version: GUNICORN.v23,
          app: 'broken:application',
          bind,
          mustFail: true,
        });
        const nginx = await stage.nginx({ servers: [bind] });
        const call = { blame: 'app-boot-failure', expect: ['502'] };
        await stage.client(nginx).series(10, (n) => `/products/${n}`, call);
        return undefined;
      },
    },
  },
];

/** An error message that goes on with lines of other programs. */
const FORGED = `${HOSTILE}
[2030-01-01 00:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:1)
Out of memory: Killed process 1 (gunicorn) total-vm:1kB
${HOSTILE}`;

/** As the lab's client sends it: a character for each byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** JSON's escapes are Python's, too. */
function pythonText(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
