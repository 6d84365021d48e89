/** A subscribed function's work on a payload: decoded, parsed, observed, folded. */
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import { type FoldedBatch, foldBatch } from '../../core/ingest.ts';
import type { LogRole } from '../../core/model.ts';
import { batchIdOf, encodeBatch } from '../../core/records/batch-record.ts';
import { redactMinutes } from '../../core/redact/stream-minute.ts';
import { REDACT_ALL } from '../../core/redact.ts';

/** The generator's log groups end in the role. */
const ROLES: readonly LogRole[] = ['access', 'error', 'gunicorn'];

/** Decodes and folds one payload, with the roles and names a configuration would give. */
export function ingest(data: string): FoldedBatch {
  const { logGroup, logStream, events } = decodeAwslogs(data);
  return foldBatch(events, {
    role: ROLES.find((role) => logGroup.endsWith(role)) ?? 'app',
    host: logStream,
    path: logGroup,
    unescape: unescapeMessage,
  });
}

/** The same, redacted, and the bodies of the rows that it comes to: all that the ingest function does but its requests. */
export function ingestIntoRows(data: string): string[] {
  const origin = { role: 'access', host: 'web-1', path: '/shop/web-1' };
  return [...redactMinutes(ingest(data).minutes, REDACT_ALL)].flatMap(([minute, content]) => [
    batchIdOf(origin.path, content),
    ...encodeBatch(origin, minute, content),
  ]);
}
