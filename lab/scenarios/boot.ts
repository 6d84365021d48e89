import { join } from 'node:path';
import { python } from '../environment.ts';
import { isRefused } from '../exchange.ts';
import type { GunicornOptions } from '../gunicorn.ts';
import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { until } from '../wait.ts';

/** Gunicorn ends before, or while, the application is loaded. */
export const boot: readonly Scenario[] = [
  failingBoot({
    name: 'boot-import-error',
    description: 'The application imports a module that was never installed; Gunicorn 23 gives up.',
    gunicorn: { version: GUNICORN.v23, app: 'broken:application' },
    source: 'import stripe_payments\n',
  }),
  failingBoot({
    name: 'boot-import-error-preload',
    description: "The same missing module under --preload: the traceback is the master's own.",
    gunicorn: { version: GUNICORN.v22, app: 'broken:application', args: ['--preload'] },
    source: 'from wsgi import application\nimport stripe_payments\n',
  }),
  failingBoot({
    name: 'boot-syntax-error',
    description: 'The application has a syntax error; the newest Gunicorn gives up.',
    gunicorn: { version: GUNICORN.newest, app: 'broken:application' },
    source: 'def application(environ, start_response)\n    return []\n',
  }),
  failingBoot({
    name: 'boot-missing-attribute',
    description: 'The application object is misspelt: Gunicorn 21.2 exits with code 4.',
    // Its master waits for dead workers until graceful_timeout, 30 s by default, with closed doors.
    gunicorn: {
      version: GUNICORN.v21,
      app: 'wsgi:applicaton',
      args: ['--graceful-timeout=1'],
    },
    source: '',
  }),
  failingBoot({
    name: 'boot-config-error',
    description: 'The configuration file named on the command line does not exist.',
    gunicorn: { version: GUNICORN.v23, args: ['--config=/etc/shop/gunicorn.conf.py'] },
    source: '',
  }),
  {
    name: 'boot-hup-broken-app',
    description: 'HUP into a broken deploy: Gunicorn 20.1 halts, its healthy workers included.',
    run: async (stage) => {
      const { client, gunicorn } = await openSite(stage, { gunicorn: { version: GUNICORN.v20 } });
      await stage.shoppers(client, 18);
      stage.write('wsgi.py', 'import stripe_payments\n');
      gunicorn.running.signal('SIGHUP');
      await until('Gunicorn to halt', () => !gunicorn.running.isAlive());
      await client.series(15, (n) => `/products/${n}`, bootFailure);
      return undefined;
    },
  },
  {
    name: 'bind-failure-tcp',
    description: 'Another process holds the port without serving it: Gunicorn cannot bind.',
    run: async (stage) => {
      const address = await newAddress(stage, 'tcp');
      const port = address.split(':')[1] ?? '';
      stage.launch({
        command: python,
        args: [
          '-c',
          `import socket, time; s = socket.socket(); s.bind(("127.0.0.1", ${port})); open("held", "w"); time.sleep(60)`,
        ],
        cwd: stage.marks,
        outputFile: join(stage.work, 'holder.out'),
      });
      await stage.workerAt('held');
      return refusedBind(stage, address, '502');
    },
  },
  {
    name: 'bind-failure-unix',
    description: 'The folder of the unix socket does not exist: Gunicorn cannot bind.',
    run: async (stage) =>
      refusedBind(stage, `unix:${join(stage.work, 'missing', 'gunicorn.sock')}`, '502'),
  },
];

const bootFailure = { blame: 'app-boot-failure', expect: ['502'] };

function failingBoot(story: {
  readonly name: string;
  readonly description: string;
  readonly gunicorn: Omit<GunicornOptions, 'bind'>;
  readonly source: string;
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      const bind = await newAddress(stage, 'tcp');
      stage.write('broken.py', story.source);
      await stage.gunicorn({ ...story.gunicorn, bind, mustFail: true });
      await until('the port to be free', () => isRefused({ port: Number(bind.split(':')[1]) }));
      const nginx = await stage.nginx({ servers: [bind] });
      await stage.client(nginx).series(15, (n) => `/products/${n}`, bootFailure);
      return undefined;
    },
  };
}

async function refusedBind(stage: Parameters<Scenario['run']>[0], bind: string, status: string) {
  await stage.gunicorn({ version: GUNICORN.v23, bind, mustFail: true });
  const nginx = await stage.nginx({ servers: [bind] });
  const call = { blame: 'bind-failure', expect: [status] };
  await stage.client(nginx).series(15, (n) => `/products/${n}`, call);
  return undefined;
}
