import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TABLE_ATTRIBUTES as A } from '../../core/contract.ts';
import { MAX_BODY_BYTES, type Row, type RowKey } from '../../core/table.ts';
import { TableError } from '../../core/table-error.ts';

export type Item = Record<string, AttributeValue>;

/** Primary key of a row's item. */
export function keyItem({ partition, sort }: RowKey): Item {
  return { [A.partition]: { S: partition }, [A.sort]: { S: sort } };
}

/** The item of a row. Its body is a string, or binary (raw DEFLATE of UTF-8) where that is smaller: capacity is paid by the kilobyte. */
export function itemOf(row: Row): Item {
  return {
    ...keyItem(row),
    [A.version]: { S: row.version },
    [A.expires]: { N: String(row.expiresAt / 1_000) },
    [A.body]: packed(row.body),
  };
}

/** The row of an item; throws `TableError` for an item that `itemOf` did not make. */
export function rowOf(item: Item): Row {
  const partition = item[A.partition]?.S;
  const sort = item[A.sort]?.S;
  const version = item[A.version]?.S;
  const seconds = Number(item[A.expires]?.N);
  const body = unpacked(item[A.body]);
  if (partition === undefined || sort === undefined || version === undefined || body === null)
    throw unreadable(partition, sort);
  if (!Number.isSafeInteger(seconds)) throw unreadable(partition, sort);
  return { partition, sort, body, version, expiresAt: seconds * 1_000 };
}

function packed(body: string): AttributeValue {
  const bytes = Buffer.from(body);
  const deflated = deflateRawSync(bytes);
  return deflated.length < bytes.length ? { B: deflated } : { S: body };
}

function unpacked(value: AttributeValue | undefined): string | null {
  if (value?.S !== undefined) return value.S;
  if (value?.B === undefined) return null;
  try {
    return inflateRawSync(value.B, { maxOutputLength: MAX_BODY_BYTES }).toString();
  } catch {
    return null;
  }
}

function unreadable(partition = '?', sort = '?'): TableError {
  const key = JSON.stringify(`${partition} / ${sort}`);
  return new TableError('RowUnreadable', `item ${key} is no row of badgateway`);
}
