/**
 * The peer of the `upstream: "…"` field: `schema peer_name [":"] uri` of nginx
 * http/ngx_http_upstream.c. The colon after a unix socket's path is missing from timeout lines alone.
 */

/** How socket files are named; in a timeout line nothing else tells the path from the URI. */
const SOCKET_ENDS = ['.sock', '.socket'];

const DEFAULT_PORTS: readonly (readonly [scheme: string, port: string])[] = [
  ['http://', ':80'],
  ['https://', ':443'],
];

/**
 * `scheme://peer` without the URI: `http://127.0.0.1:8000`, `http://[::1]:8000`, `http://group`,
 * `http://unix:/run/g.sock`. Where a timeout line's socket has another ending, the URI stays on:
 * `samePeer` still knows it.
 */
export function peerOf(upstream: string): string {
  const scheme = upstream.indexOf('://');
  const peerAt = scheme < 0 ? 0 : scheme + 3;
  if (upstream.startsWith('unix:', peerAt))
    return upstream.slice(0, endOfSocket(upstream, peerAt + 5));
  return upstream.slice(0, endOfHost(upstream, peerAt));
}

function endOfHost(upstream: string, from: number): number {
  for (let at = from; at < upstream.length; at++) {
    const code = upstream.charCodeAt(at);
    if (code === 47 || code === 63) return at;
  }
  return upstream.length;
}

/** The first colon, or the end of the first path segment named like a socket, whichever comes first. */
function endOfSocket(upstream: string, from: number): number {
  const colon = upstream.indexOf(':', from);
  let end = colon < 0 ? upstream.length : colon;
  for (const name of SOCKET_ENDS) {
    const found = endOfNamed(upstream, from, name);
    if (found >= 0 && found < end) end = found;
  }
  return end;
}

/** The index after the first `name` that ends a path segment, or -1. */
function endOfNamed(upstream: string, from: number, name: string): number {
  for (let at = upstream.indexOf(name, from); at >= 0; at = upstream.indexOf(name, at + 1)) {
    const next = upstream.charAt(at + name.length);
    if (next === '' || next === '/' || next === ':' || next === '?') return at + name.length;
  }
  return -1;
}

/**
 * Whether two results of `peerOf` name one peer: the same text, one with the scheme's own port left out, or
 * a socket and the same socket with the URI of a timeout line after it.
 */
export function samePeer(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (!long.startsWith(short)) return false;
  const rest = long.slice(short.length);
  if (short.includes('://unix:')) return rest.startsWith('/');
  return DEFAULT_PORTS.some(([scheme, port]) => short.startsWith(scheme) && rest === port);
}
