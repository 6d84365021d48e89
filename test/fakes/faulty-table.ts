import type { RowKey, Table } from '../../core/table.ts';
import { TableError } from '../../core/table-error.ts';

/**
 * What goes wrong with one call. `fail-before`: it throws, and nothing was done; `fail-after`: it was done, and the
 * reply is lost; `throttle`: refused, nothing was done; `crash-before` and `crash-after`: the same as `fail-…`, and
 * every later call throws as well, as if the process had died there.
 */
export type Fault = 'fail-before' | 'fail-after' | 'throttle' | 'crash-before' | 'crash-after';

type TableCall = {
  readonly method: keyof Table;
  readonly key: Pick<RowKey, 'partition'> & Partial<RowKey>;
  /** Which call it is, from 1. */
  readonly call: number;
  /** Which write (`put`, `putIf`, `deleteIf`) it is, from 1; 0 for a read. */
  readonly write: number;
};

/** Decides on each call; an array has the faults of the calls in order, and none after its end. */
export type FaultPlan = ((call: TableCall) => Fault | null) | readonly (Fault | null)[];

export type FaultyTable = Table & {
  /** Calls so far, those that failed included. */
  readonly calls: readonly TableCall[];
};

/** Only the n-th write (from 1) goes wrong. */
export function atWrite(n: number, fault: Fault): FaultPlan {
  return ({ write }) => (write === n ? fault : null);
}

/** Only the n-th call (from 1) goes wrong, reads counted. */
export function atCall(n: number, fault: Fault): FaultPlan {
  return ({ call }) => (call === n ? fault : null);
}

/** A table whose calls go wrong as planned. `inner` stays usable: it is what a new process would find. */
export function faultyTable(inner: Table, plan: FaultPlan): FaultyTable {
  const calls: TableCall[] = [];
  let writes = 0;
  let isDead = false;
  async function run<T>(
    method: keyof Table,
    key: TableCall['key'],
    action: () => Promise<T>,
  ): Promise<T> {
    const isWrite = method !== 'get' && method !== 'query';
    if (isWrite) writes += 1;
    const call = { method, key, call: calls.length + 1, write: isWrite ? writes : 0 };
    calls.push(call);
    const fault = isDead ? 'crash-before' : faultOf(plan, call);
    isDead ||= fault === 'crash-before' || fault === 'crash-after';
    if (fault === null) return action();
    if (fault === 'fail-after' || fault === 'crash-after') await action();
    throw errorOf(fault, call);
  }
  return {
    calls,
    put: (row) => run('put', keyOf(row), () => inner.put(row)),
    putIf: (row, version) => run('putIf', keyOf(row), () => inner.putIf(row, version)),
    get: (key) => run('get', keyOf(key), () => inner.get(key)),
    query: (range) => run('query', { partition: range.partition }, () => inner.query(range)),
    deleteIf: (key, version) => run('deleteIf', keyOf(key), () => inner.deleteIf(key, version)),
  };
}

function faultOf(plan: FaultPlan, call: TableCall): Fault | null {
  return typeof plan === 'function' ? plan(call) : (plan[call.call - 1] ?? null);
}

function errorOf(fault: Fault, { method, call, write }: TableCall): TableError {
  const which = `${fault} at call ${call}, write ${write}, ${method}`;
  return fault === 'throttle'
    ? new TableError('TableThrottled', which)
    : new TableError('TableUnavailable', which);
}

function keyOf({ partition, sort }: RowKey): RowKey {
  return { partition, sort };
}
