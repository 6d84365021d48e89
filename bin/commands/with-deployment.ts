/** Where a command finds incidents and mutes: in a deployed stack, or in the store of `watch`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenDeployment } from '../../adapters/aws/open-deployment.ts';
import { openWatchTable, STORE_FILE } from '../../adapters/local/watch-table.ts';
import { AppError } from '../../core/errors.ts';
import type { Table } from '../../core/table.ts';

/** The options by which a deployed stack is found, as commander gives them. */
export type StackFlags = {
  readonly stack?: string;
  readonly region?: string;
  readonly profile?: string;
};
export type PlaceFlags = StackFlags & { readonly store?: string };

/** What `bin/app.ts` names the stack unless it is told otherwise. */
const DEFAULT_STACK = 'badgateway';

export type Place = {
  readonly table: Table;
  /** `null`: it is a store. */
  readonly deployment: OpenDeployment | null;
};

const clock = () => Date.now();

/** Finds the stack; all of AWS is loaded by this, and by nothing else. Throws `AppError` when it cannot be found. */
export async function findDeployment(flags: StackFlags): Promise<OpenDeployment> {
  // The SDK is bundled: what it will want of Node in later versions is nothing that people have to know.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { openDeployment } = await import('../../adapters/aws/open-deployment.ts');
  const { env } = process;
  return openDeployment({
    stack: flags.stack ?? DEFAULT_STACK,
    // The SDK reads the second one not, which the AWS CLI and people do.
    region: flags.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? null,
    profile: flags.profile ?? null,
    endpoint: env.AWS_ENDPOINT_URL ?? null,
    clock,
  });
}

/** Opens what the options name, the stack by default, and closes it when it was used. */
export async function withPlace<T>(
  flags: PlaceFlags,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const { store } = flags;
  if (store === undefined) {
    const deployment = await findDeployment(flags);
    return use({ table: deployment.table, deployment });
  }
  if (flags.stack !== undefined) {
    throw new AppError('StackAndStore', '--stack and --store are given: leave one of them out');
  }
  if (!existsSync(join(store, STORE_FILE))) {
    throw new AppError('NoStore', `${store} is no store: there is no ${STORE_FILE} in it`, {
      hint: `badgateway watch FILES --store ${store} makes one`,
    });
  }
  const opened = openWatchTable(store, clock);
  try {
    return await use({ table: opened.table, deployment: null });
  } finally {
    opened.close();
  }
}
