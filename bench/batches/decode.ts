/** The decodings that ours is compared with. */
import { isAscii } from 'node:buffer';
import { gunzipSync } from 'node:zlib';

const LEAST_CHUNK = 64 * 1024;
const MOST_CHUNK = 64 * 1024 * 1024;

/** `all`: the obvious way. */
export function decodePlainly(data: string): unknown {
  return JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString());
}

/**
 * The decode floor: the output buffer sized from the length that gzip writes at its end, text made from ASCII
 * bytes the quick way.
 */
export function decodeSized(data: string): unknown {
  return JSON.parse(inflateSized(data));
}

/** The same without `JSON.parse`: what nobody can go below without other means than Node's own. */
export function inflateSized(data: string): string {
  const zipped = Buffer.from(data, 'base64');
  const size = zipped.readUInt32LE(zipped.length - 4);
  const chunkSize = Math.min(Math.max(size, LEAST_CHUNK), MOST_CHUNK);
  const bytes = gunzipSync(zipped, { chunkSize });
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}
