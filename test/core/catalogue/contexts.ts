import { type FixContext, NOTHING_KNOWN } from '../../../core/catalogue/fix-context.ts';

/** The evidence knows nothing. */
export const NOTHING: FixContext = NOTHING_KNOWN;

/** The evidence knows everything, on TCP. */
export const ON_TCP: FixContext = {
  upstreams: ['http://127.0.0.1:8000'],
  listening: ['http://127.0.0.1:8001'],
  routes: ['GET /reports/:id'],
  examplePath: '/reports/77',
  hosts: ['web-1', 'web-2'],
  unit: 'shop.service',
  pids: [3438],
  gunicornVersion: '23.0.0',
  workerClass: 'sync',
  workers: 4,
  timeoutSeconds: 30,
  proxyReadTimeoutSeconds: 60,
  exception: "ModuleNotFoundError: No module named 'shop'",
  frame: 'build_pdf, /srv/shop/views.py:61',
  memoryKb: 1_468_006,
  reason: '203/EXEC',
  dnsName: 'backend.internal',
  failures: 290,
  retried: 3,
  truncated: 1,
  statuses: ['500', '502'],
};

/** The same on a unix socket. */
export const ON_SOCKET: FixContext = {
  ...ON_TCP,
  upstreams: ['http://unix:/run/shop/shop.sock'],
  listening: ['unix:/run/shop/gunicorn.sock'],
};

/** `text` wherever the evidence has free text, in the forms in which logs write it. */
export function everywhere(text: string): FixContext {
  return {
    ...ON_TCP,
    upstreams: [`http://unix:/run/${text}`, `http://${text}:80`, text],
    listening: [`unix:/run/${text}`, text],
    routes: [`GET /${text}`, text],
    examplePath: `/${text}`,
    hosts: [text],
    unit: text,
    gunicornVersion: text,
    workerClass: text,
    exception: `No module named 'shop' ${text}`,
    frame: `${text}, /srv/${text}:1`,
    reason: text,
    dnsName: text,
    statuses: [text],
  };
}
