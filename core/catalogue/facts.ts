/** What the texts of the catalogue read from the evidence: small questions to a `FixContext`. */
import { type Endpoint, endpointName, parseEndpoint } from './endpoint.ts';
import type { FixContext } from './fix-context.ts';

/** How a worker treats a slow request: `sync` is killed for it, `gthread` is not, `loop` only when it blocks all. */
export type WorkerKind = 'sync' | 'gthread' | 'loop' | 'unknown';

/** The first NGINX peer that is an address; else an upstream group; else where Gunicorn said it listens. */
export function endpoint(context: FixContext): Endpoint | null {
  const peers = context.upstreams.map(parseEndpoint).filter((peer) => peer !== null);
  return peers.find((peer) => peer.kind !== 'group') ?? peers[0] ?? listener(context);
}

/** The first address Gunicorn said it listens at. */
export function listener(context: FixContext): Endpoint | null {
  return context.listening.map(parseEndpoint).find((address) => address !== null) ?? null;
}

/**
 * The endpoint in words, at most `length` characters of each address: `127.0.0.1:8000`,
 * `10.0.0.5:8000 and 2 more`, or `otherwise` when the evidence has none.
 */
export function place(context: FixContext, otherwise: string, length = 40): string {
  const found = endpoint(context);
  if (found === null) {
    return otherwise;
  }
  const others = new Set(context.upstreams).size - 1;
  const name = keepEnd(endpointName(found), length);
  return others > 0 ? `${name} and ${others} more` : name;
}

/** The systemd unit, or `Gunicorn` when the evidence names none. */
export function service(context: FixContext): string {
  return context.unit === null ? 'Gunicorn' : keepEnd(context.unit, 40);
}

/** The route when one alone failed, else `otherwise`. */
export function onlyRoute(context: FixContext, otherwise: string): string {
  const [route] = context.routes;
  return route !== undefined && context.routes.length === 1 ? keepStart(route, 40) : otherwise;
}

/** How Gunicorn's workers treat a slow request, from its `Using worker:` line. */
export function workerKind(context: FixContext): WorkerKind {
  const name = context.workerClass?.toLowerCase() ?? '';
  if (name === '') {
    return 'unknown';
  }
  if (name.includes('thread')) {
    return 'gthread';
  }
  return /(^|\.)sync(worker)?$/.test(name) ? 'sync' : 'loop';
}

/** Whether Gunicorn is known to be at least (`true`) or below (`false`) a version; `null` when nobody said. */
export function isGunicornFrom(context: FixContext, major: number, minor = 0): boolean | null {
  const version = /^(\d+)(?:\.(\d+))?/.exec(context.gunicornVersion ?? '');
  if (version === null) {
    return null;
  }
  const [, wholes, parts] = version;
  return Number(wholes) * 1000 + Number(parts ?? 0) >= major * 1000 + minor;
}

/** A duration the evidence gave, as whole seconds; `otherwise` when it gave none that makes sense. */
export function wholeSeconds(seconds: number | null, otherwise: number): number {
  return seconds !== null && Number.isFinite(seconds) && seconds >= 1
    ? Math.round(seconds)
    : otherwise;
}

/** A memory size in words: `1.4 GiB`, `310 MiB`. */
export function memoryWords(kilobytes: number): string {
  const mebibytes = kilobytes / 1024;
  return mebibytes >= 1024 ? `${(mebibytes / 1024).toFixed(1)} GiB` : `${mebibytes.toFixed(0)} MiB`;
}

/** `build_pdf, /srv/shop/views.py:61` → `build_pdf (views.py:61)`; `null` stays `null`. */
export function frameWords(frame: string | null): string | null {
  if (frame === null) {
    return null;
  }
  const parts = /^(.*), (?:.*\/)?([^/]+)$/.exec(frame);
  return keepStart(parts === null ? frame : `${parts[1]} (${parts[2]})`, 80);
}

/** The text, cut after `length` characters with `…`. */
export function keepStart(text: string, length: number): string {
  const letters = [...text];
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join('')}…`;
}

/** The text, its beginning cut off with `…` when it is longer than `length`: a path's end tells the most. */
export function keepEnd(text: string, length: number): string {
  const letters = [...text];
  return letters.length <= length ? text : `…${letters.slice(1 - length).join('')}`;
}
