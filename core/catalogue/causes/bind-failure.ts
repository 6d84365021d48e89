import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askNginx,
  bindAddress,
  gunicornSetting,
  portWord,
  showListener,
  socketWord,
  systemctl,
  unitSettings,
} from '../commands.ts';
import { endpoint, place, service } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';
import { shellQuote } from '../shell.ts';

/** Gunicorn cannot have the address it wants. */
export const bindFailure = defineCause({
  id: 'bind-failure',
  family: 'not-running',
  severity: 'critical',
  title: (context) => {
    const kind = bindProblem(context);
    const address = place(context, 'its address');
    return `Gunicorn cannot listen on ${address}${kind === null ? '' : `: ${BIND_PROBLEMS[kind]}`}`;
  },
  meaning:
    'Gunicorn started but could not bind its address, so it gave up and nobody answers NGINX. Another program holds the port, the address is not one of this machine, the port or directory is forbidden, or the directory of the socket is missing.',
  primary:
    '`connect() failed (111: Connection refused)` on TCP, `connect() to unix:… failed (2: No such file or directory)` on a socket',
  corroboration:
    "`Connection in use: (…)` and `Can't connect to (…)` (Gunicorn's words for a failed bind), `Invalid address: (…)`, or `[Errno 98]`, `[Errno 99]`, `[Errno 13]`, `[Errno 2]` while starting.",
  toConfirm:
    'Give the Gunicorn log: its first lines after the start name the address and the error.',
  steps: (context) => [
    ...bindRepair(context),
    {
      title: `Start ${service(context)} again`,
      why: 'systemd stops trying after a few failed starts; reset-failed lets it try again.',
      commands: [`${systemctl(context, 'reset-failed')}; ${systemctl(context, 'restart')}`],
      verify: [showListener(context), askNginx(context)],
    },
    {
      title: 'Keep one owner for each address',
      why: 'The usual squatters are a Gunicorn started by hand or with --daemon, a second unit, and an old master after USR2. Let one unit own the address, named once in bind.',
      commands: [
        ...gunicornSetting('bind', `"${bindAddress(context)}"`, `--bind ${bindAddress(context)}`),
        'pgrep -af gunicorn',
      ],
      verify: [],
    },
  ],
  docs: [LINKS.bind],
});

const BIND_PROBLEMS = {
  used: 'the address is in use',
  absent: 'the address is not on this host',
  forbidden: 'permission denied',
  missing: 'its directory is missing',
  file: 'a plain file is in the way',
} as const;

function bindProblem(context: FixContext): keyof typeof BIND_PROBLEMS | null {
  const said = `${context.reason ?? ''} ${context.exception ?? ''}`;
  const rules = [
    ['used', /in use|Errno 98/i],
    ['absent', /Errno 99|Invalid address|Cannot assign/i],
    ['forbidden', /Errno 13|Permission denied/i],
    ['missing', /Errno 2\b|No such file/i],
    ['file', /not a socket/i],
  ] as const;
  return rules.find(([, words]) => words.test(said))?.[0] ?? null;
}

function bindRepair(context: FixContext): Fix[] {
  const kind = bindProblem(context);
  const found = endpoint(context);
  if (found?.kind === 'unix' || kind === 'missing' || kind === 'file') {
    return [socketDirectory(context)];
  }
  const port = portWord(found);
  const squatter: Fix = {
    title: `See who holds port ${port}, and stop it if it should not`,
    why: 'If it is an old Gunicorn, stop its unit, or its master with TERM: the master is the process whose parent is not Gunicorn. If it is another service, give one of the two another port.',
    commands: [showListener(context), 'pgrep -af gunicorn'],
    verify: [showListener(context)],
  };
  const address: Fix = {
    title: 'Bind an address that this machine has, and a port that the user may open',
    why: '[Errno 99] means that the address is not on any interface here (0.0.0.0 takes all of them); [Errno 13] that the port is below 1024, which needs root or a socket unit.',
    commands: ['ip -brief address', systemctl(context, 'cat')],
    verify: [],
  };
  const isOwnAddress = kind === 'absent' || kind === 'forbidden';
  return isOwnAddress ? [address] : kind === 'used' ? [squatter] : [squatter, address];
}

function socketDirectory(context: FixContext): Fix {
  const found = endpoint(context);
  const path = found?.kind === 'unix' ? found.path : null;
  const directory = path === null ? 'DIR' : shellQuote(path.replace(/\/[^/]*$/, '') || '/');
  return {
    title: 'Give the socket a directory that exists and that Gunicorn may write',
    why: 'Gunicorn can only make its socket in an existing directory that its User= may write, and only replaces a socket, never a plain file. RuntimeDirectory= in the unit makes /run/NAME for it.',
    commands: [
      `ls -ld ${directory}`,
      `stat -c '%F %U:%G %a' ${socketWord(found)}`,
      ...unitSettings(context, ['RuntimeDirectory=gunicorn']),
    ],
    verify: [`ls -l ${socketWord(found)}`],
  };
}
