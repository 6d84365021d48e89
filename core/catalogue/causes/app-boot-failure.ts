import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import { askNginx, journal, systemctl, unitWord } from '../commands.ts';
import { keepStart } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';
import { shellQuote } from '../shell.ts';

/** The application cannot be loaded, so Gunicorn halts. */
export const appBootFailure = defineCause({
  id: 'app-boot-failure',
  family: 'not-running',
  severity: 'critical',
  title: (context) =>
    context.exception === null
      ? 'Gunicorn stopped because it cannot load the application'
      : `Gunicorn cannot load the application: ${context.exception}`,
  meaning:
    'The application raised an error while Gunicorn imported it. Gunicorn then stops altogether, healthy workers included. systemd shows exit codes 3 (`3/NOTIMPLEMENTED`: Worker failed to boot) or 4 (`4/NOPERMISSION`: App failed to load), and despite its name the second is not a permission problem.',
  primary:
    '`connect() failed (111: Connection refused)` on TCP, `connect() to unix:… failed (2: No such file or directory)` on a socket',
  corroboration:
    '`Exception in worker process` with a traceback, `Reason: Worker failed to boot.`, `Reason: App failed to load.`, `Failed to find attribute`, `HaltServer`; in the journal `status=3/NOTIMPLEMENTED` or `status=4/NOPERMISSION`.',
  toConfirm:
    'Give the Gunicorn log or the journal of the unit: the last line of the traceback is the reason.',
  steps: (context) => [
    rollBack(context),
    repairLoading(context),
    {
      title: 'Load the application as the service does, before the next start',
      why: 'Run it in the WorkingDirectory of the unit, with its Environment: the same error appears here, without an outage.',
      commands: [
        `systemctl show -p WorkingDirectory -p User -p ExecStart ${unitWord(context)}`,
        'sudo -u SERVICE_USER VENV/bin/gunicorn --check-config MODULE:APP',
        systemctl(context, 'restart'),
      ],
      verify: [systemctl(context, 'status')],
    },
    {
      title: 'Make that check a part of every deploy',
      why: 'A reload with HUP into a broken application also stops the healthy workers. A failed check must end the deploy before the restart or the reload.',
      commands: ['sudo -u SERVICE_USER VENV/bin/gunicorn --check-config MODULE:APP'],
      verify: [],
    },
  ],
  docs: [LINKS.faq, LINKS.deploy, LINKS.preloadApp],
});

function rollBack(context: FixContext): Fix {
  return {
    title: 'Go back to the last release that started, then start it',
    why: 'No request can succeed until the application loads again; the repair can wait for the morning.',
    commands: [`${systemctl(context, 'reset-failed')}; ${systemctl(context, 'restart')}`],
    verify: [systemctl(context, 'status'), askNginx(context)],
  };
}

function repairLoading(context: FixContext): Fix {
  const { exception } = context;
  const module = /No module named '?([A-Za-z_]\w*)/.exec(exception ?? '')?.[1];
  if (module !== undefined) {
    return {
      title: `Make the module ${keepStart(module, 40)} importable for the service`,
      why: `If ${keepStart(module, 40)} is your own code, WorkingDirectory, PYTHONPATH or the name in ExecStart is wrong. If it is a dependency, install the pinned requirements into the virtualenv of the service; never install a package only because its name stands in an error.`,
      commands: [
        journal(context),
        `sudo -u SERVICE_USER VENV/bin/python -c ${shellQuote(`import ${module}`)}`,
        'sudo -u SERVICE_USER VENV/bin/python -m pip install -r APP_DIR/requirements.txt',
      ],
      verify: [`sudo -u SERVICE_USER VENV/bin/python -c ${shellQuote(`import ${module}`)}`],
    };
  }
  return {
    title: 'Repair what the last line of the traceback names',
    why: loadingAdvice(exception),
    commands: [journal(context)],
    verify: [],
  };
}

function loadingAdvice(exception: string | null): string {
  if (exception === null) {
    return 'Usual reasons: a missing package in the virtualenv of the service, a missing environment variable, a wrong MODULE:APP in ExecStart, a syntax error, a database that must be reachable at import.';
  }
  const words = keepStart(exception, 200);
  if (/Failed to find attribute|must be callable|Failed to parse/.test(exception)) {
    return `${words} The part of ExecStart after the colon must be the name of the application object in that module.`;
  }
  if (/class uri/.test(exception)) {
    return `${words} The worker class is not installed in this virtualenv, or no longer exists: Gunicorn 26 removed eventlet.`;
  }
  return `The application raised ${words} while it was imported: the frame above that line in the log is the place.`;
}
