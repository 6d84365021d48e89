import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The lab's few settings come from the environment, and only through this file.
// biome-ignore lint/style/noProcessEnv: the one place that reads it
const env = process.env;

/** The environment that servers inherit, without what would change their behaviour or their logs. */
export const inheritedEnv: Readonly<Record<string, string>> = {
  PATH: env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONDONTWRITEBYTECODE: '1',
};

/** Where the virtual environments are kept between runs. */
export const labHome = env.BADGATEWAY_LAB_HOME ?? join(import.meta.dirname, '.venvs');

/** The Python that makes them. */
export const python = env.BADGATEWAY_LAB_PYTHON ?? 'python3';

/** Parent of every scenario's own folder, one for each run: short, because a unix socket path has at most 107 bytes. */
export const workRoot = env.BADGATEWAY_LAB_WORK ?? join(tmpdir(), `badgateway-lab-${process.pid}`);
