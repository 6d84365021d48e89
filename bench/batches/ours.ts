/** A subscribed function's work on a payload: decoded, parsed, observed, folded. */
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import { type Evidence, foldObservation, newEvidence } from '../../core/fold.ts';
import type { Observation } from '../../core/model.ts';
import { observeAccessLine } from '../../core/observe/request.ts';
import { observeGunicornEntry } from '../../core/observe/signal-gunicorn.ts';
import { observeErrorLine } from '../../core/observe/upstream-error.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { GunicornAssembler } from '../../core/parse/gunicorn-entry.ts';
import { type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';

const MINUTE_MS = 60_000;
const COMBINED = NAMED_FORMATS.combined as LogFormat;

type Batch = ReturnType<typeof decodeAwslogs>;
type Add = (observation: Observation | null) => void;

/** A handler as a warm process has it. */
export function newIngest(): (data: string) => unknown {
  return ingest;
}

function ingest(data: string): Map<number, Evidence> {
  const batch = decodeAwslogs(data);
  const minutes = new Map<number, Evidence>();
  const add: Add = (observation) => {
    if (observation === null) return;
    const minute = Math.floor(observation.at / MINUTE_MS);
    const evidence = minutes.get(minute) ?? newEvidence();
    minutes.set(minute, evidence);
    foldObservation(evidence, observation);
  };
  if (batch.logGroup.endsWith('gunicorn')) takeGunicorn(batch, add);
  else takeNginx(batch, add, batch.logGroup.endsWith('access'));
  return minutes;
}

function takeGunicorn(batch: Batch, add: Add): void {
  const host = batch.logStream;
  const origin = { path: host, lineNumber: 0 };
  const assembler = new GunicornAssembler();
  batch.events(({ text, start, end, timestamp }) => {
    const line = unwrap(unescapeMessage(text, start, end)).text;
    for (const entry of assembler.push(line, timestamp, origin)) {
      add(observeGunicornEntry(entry, { host }));
    }
  });
  for (const entry of assembler.flush()) add(observeGunicornEntry(entry, { host }));
}

function takeNginx(batch: Batch, add: Add, isAccess: boolean): void {
  const host = batch.logStream;
  const origin = { path: host, lineNumber: 0 };
  batch.events(({ text, start, end }) => {
    const line = unwrap(unescapeMessage(text, start, end)).text;
    add(
      isAccess
        ? observeAccessLine(COMBINED, line, { host, origin })
        : observeErrorLine(line, { host, offsetMs: 0, origin }),
    );
  });
}
