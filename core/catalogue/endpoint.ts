/** Where NGINX connects to, or Gunicorn listens. `host` keeps the brackets of IPv6: `[::1]`. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'group'; readonly name: string };

/**
 * Reads an address as NGINX (`http://unix:/run/g.sock`, `https://10.0.0.5:8443`, `http://group`) or Gunicorn
 * (`unix:/run/g.sock`, `http://127.0.0.1:8000`) writes it; `null` for anything else, so that a forged address
 * reaches no command.
 */
export function parseEndpoint(address: string): Endpoint | null {
  const peer = address.replace(/^https?:\/\//, '').replace(/:$/, '');
  if (peer.startsWith('unix:')) {
    const path = peer.slice('unix:'.length);
    return path.startsWith('/') ? { kind: 'unix', path } : null;
  }
  const tcp = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(peer);
  if (tcp?.[1] !== undefined) {
    return tcp[1].startsWith('-') ? null : { kind: 'tcp', host: tcp[1], port: Number(tcp[2]) };
  }
  return /^\w[\w.-]*$/.test(peer) ? { kind: 'group', name: peer } : null;
}

/** The endpoint as people write it: `127.0.0.1:8000`, `/run/g.sock`, `group`. */
export function endpointName(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'unix':
      return endpoint.path;
    case 'tcp':
      return `${endpoint.host}:${endpoint.port}`;
    case 'group':
      return endpoint.name;
  }
}

/** Whether the endpoint can only be reached from its own host (or container). */
export function isLocal(endpoint: Endpoint): boolean {
  return endpoint.kind === 'unix' || (endpoint.kind === 'tcp' && LOOPBACK.test(endpoint.host));
}

const LOOPBACK = /^(127\.|localhost$|\[::1\]$)/;
