import { Skipped } from './lab-error.ts';
import { runTool } from './tool.ts';

/** Skips the scenario unless we are root, so that NGINX can be another user. */
export function needRoot(): void {
  if (process.getuid?.() !== 0) throw new Skipped('needs root, so that NGINX can be another user');
}

/** Skips the scenario unless servers can have a network and mounts of their own. */
export function needNamespaces(): void {
  needRoot();
  try {
    runTool('unshare', ['-mn', 'ip', 'link', 'set', 'lo', 'up']);
  } catch {
    throw new Skipped('namespaces (unshare, ip) cannot be made here');
  }
}
