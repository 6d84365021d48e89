/** What came back for one request, as far as it came. */
export type Reply = {
  /** Three digits; "009" for bytes without a status line, "000" for no bytes at all, "aborted" when we hung up. */
  readonly status: string;
  /** Names in lower case; of repeated headers the last one. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the body ended where its own framing said it would. */
  readonly isComplete: boolean;
};

/** Reads a whole connection's bytes as one HTTP/1 reply. */
export function readReply(bytes: Buffer, endedCleanly: boolean): Reply {
  const none = new Map<string, string>();
  if (bytes.length === 0) {
    return { status: '000', headers: none, body: bytes, isComplete: false };
  }
  const headEnd = bytes.indexOf('\r\n\r\n');
  const statusLine = /^HTTP\/1\.[01] (\d{3})/.exec(bytes.subarray(0, 12).toString('latin1'));
  if (statusLine?.[1] === undefined) {
    return { status: '009', headers: none, body: bytes, isComplete: endedCleanly };
  }
  if (headEnd < 0) return { status: statusLine[1], headers: none, body: bytes, isComplete: false };
  const headers = readHeaders(bytes.subarray(0, headEnd).toString('latin1'));
  const framed = readBody(bytes.subarray(headEnd + 4), headers, endedCleanly);
  return { status: statusLine[1], headers, ...framed };
}

function readHeaders(head: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

type Framed = Pick<Reply, 'body' | 'isComplete'>;

function readBody(raw: Buffer, headers: Map<string, string>, endedCleanly: boolean): Framed {
  const length = headers.get('content-length');
  if (length !== undefined) return { body: raw, isComplete: raw.length === Number(length) };
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(raw);
  return { body: raw, isComplete: endedCleanly };
}

function readChunks(raw: Buffer): Framed {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.subarray(at, Math.max(lineEnd, at)).toString('latin1'), 16);
    if (lineEnd < 0 || Number.isNaN(size)) break;
    if (size === 0) return { body: Buffer.concat(parts), isComplete: true };
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
    if (at > raw.length) break;
  }
  return { body: Buffer.concat(parts), isComplete: false };
}
