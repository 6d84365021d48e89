/**
 * Whether the address Gunicorn says it listens at is the one NGINX connects to.
 */

/**
 * True when one of `listening` (`http://0.0.0.0:8000`, `unix:/run/app.sock`, as Gunicorn's `Listening at` has
 * them) can answer at `upstream` (`http://127.0.0.1:8000`, `http://unix:/run/app.sock`).
 */
export function listensAt(listening: readonly string[], upstream: string): boolean {
  const wanted = endpointOf(upstream);
  return wanted === null || listening.some((address) => covers(endpointOf(address), wanted));
}

/** True when a listening address differs from the upstream only in its host: `[::1]:8000` and `127.0.0.1:8000`. */
export function hasSamePort(listening: readonly string[], upstream: string): boolean {
  const wanted = endpointOf(upstream);
  return listening.some((address) => {
    const endpoint = endpointOf(address);
    return endpoint?.kind === 'tcp' && wanted?.kind === 'tcp' && endpoint.port === wanted.port;
  });
}

type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: string };

/** True for an address of this machine: nothing on the way can drop a packet to it. */
export function isLoopback(upstream: string): boolean {
  const endpoint = endpointOf(upstream);
  return endpoint?.kind === 'tcp' && isLoopbackHost(endpoint.host);
}

/** True for a unix socket. */
export function isUnix(upstream: string | null): boolean {
  return upstream?.includes('unix:') ?? false;
}

function endpointOf(address: string): Endpoint | null {
  const schemeEnd = address.indexOf('://');
  const rest = schemeEnd < 0 ? address : address.slice(schemeEnd + 3);
  if (rest.startsWith('unix:')) return { kind: 'unix', path: trimColon(rest.slice(5)) };
  const portAt = rest.lastIndexOf(':');
  const port = portAt < 0 ? '' : rest.slice(portAt + 1);
  if (!/^\d{1,5}$/.test(port)) return null;
  return { kind: 'tcp', host: rest.slice(0, portAt), port };
}

function trimColon(path: string): string {
  return path.endsWith(':') ? path.slice(0, -1) : path;
}

function covers(listening: Endpoint | null, wanted: Endpoint): boolean {
  if (listening === null) return true;
  if (listening.kind === 'unix' || wanted.kind === 'unix') {
    return (
      listening.kind === 'unix' &&
      wanted.kind === 'unix' &&
      (listening.path === wanted.path || wanted.path.startsWith(`${listening.path}/`))
    );
  }
  if (listening.port !== wanted.port) return false;
  if (listening.host === wanted.host) return true;
  if (listening.host === '0.0.0.0') return !isV6(wanted.host);
  if (listening.host === '[::]' || listening.host === '') return true;
  // Another host name or a container's address may be the same machine; a loopback address is only itself.
  return !isLoopbackHost(listening.host) && !isLoopbackHost(wanted.host);
}

function isV6(host: string): boolean {
  return host.startsWith('[');
}

function isLoopbackHost(host: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(host);
}
