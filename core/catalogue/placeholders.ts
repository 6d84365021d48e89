import type { Fix } from '../diagnosis.ts';

/** What stands in a command for a value that the evidence does not have, and what to put there. */
export const PLACEHOLDERS = {
  UNIT: 'the systemd unit of Gunicorn; in a container restart the container instead',
  HOST: 'the backend server in proxy_pass',
  PORT: 'the port in proxy_pass',
  SOCKET: 'the path after unix: in proxy_pass',
  PID: 'a Gunicorn worker, see pgrep -f gunicorn',
  NAME: 'the host name in proxy_pass',
  NGINX_USER:
    'the user of the NGINX workers: www-data on Debian and Ubuntu, nginx on Red Hat and Amazon Linux',
  SERVICE_USER: 'User= of the unit',
  WORKERS: 'twice the number that nproc prints, plus one',
  VENV: 'the virtualenv in ExecStart',
  'MODULE:APP': 'the application in ExecStart, such as shop.wsgi:app',
  APP_DIR: 'the directory of the application',
  DIR: 'the directory that refuses',
  RESOLVER: 'a name server: the one in the resolver line of NGINX, else one of /etc/resolv.conf',
  TEMP_DIR: 'the directory in the error line',
  POD: 'the name of the pod',
  CERTIFICATES: 'the file with the certificates of the authority to trust',
} as const;

/** Adds to each step the meaning of the placeholders that it is the first to use. */
export function explainPlaceholders(steps: readonly Fix[]): Fix[] {
  const explained = new Set<string>();
  return steps.map((step) => {
    const names = Object.entries(PLACEHOLDERS).filter(
      ([name]) => !explained.has(name) && uses(step, name),
    );
    for (const [name] of names) {
      explained.add(name);
    }
    const notes = names.map(([name, meaning]) => `${name} (${meaning})`);
    const note =
      notes.length === 0 ? [] : [`Fill in what these logs do not show: ${notes.join(', ')}.`];
    return { ...step, why: [step.why, ...note].join(' ') };
  });
}

function uses(step: Fix, name: string): boolean {
  const word = new RegExp(`(?<![\\w$])${name}(?!\\w)`);
  return [...step.commands, ...step.verify].some((command) => word.test(command));
}
