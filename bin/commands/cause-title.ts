import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import type { CauseId } from '../../core/catalogue/cause-ids.ts';
import type { FixContext } from '../../core/catalogue/fix-context.ts';

/** A cause as a sentence, as it reads when nothing but a line is known. */
export function titleOf(cause: CauseId): string {
  return CATALOGUE[cause].title(NOTHING_KNOWN);
}

const NOTHING_KNOWN: FixContext = {
  upstreams: [],
  listening: [],
  routes: [],
  examplePath: null,
  hosts: [],
  unit: null,
  pids: [],
  gunicornVersion: null,
  workerClass: null,
  workers: null,
  timeoutSeconds: null,
  proxyReadTimeoutSeconds: null,
  exception: null,
  frame: null,
  memoryKb: null,
  reason: null,
  dnsName: null,
  failures: 0,
  retried: 0,
  truncated: 0,
  statuses: [],
};
