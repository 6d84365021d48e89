import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the browser of this machine, or throws one sentence: `CHROMIUM` says where it is. */
export async function startChromium(): Promise<Browser> {
  const { CHROMIUM } = process.env;
  const executablePath = [...(CHROMIUM === undefined ? [] : [CHROMIUM]), ...PATHS].find(existsSync);
  if (executablePath === undefined) {
    throw new Error('no Chromium here: apt-get install --no-install-recommends chromium');
  }
  // In a container there is often no user namespace for the sandbox, and little shared memory. The pages are ours.
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}
