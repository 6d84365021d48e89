/** Lines as NGINX and Gunicorn write them, of any moment. */

export type Line = { readonly at: number; readonly text: string };

const CLIENT = '203.0.113.9';

/** Of the access log, `combined`: a 502. */
export function accessLine(at: number, path: string): Line {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  const stamp = `${day}/${month}/${year}:${time} +0000`;
  return { at, text: `${CLIENT} - - [${stamp}] "GET ${path} HTTP/1.1" 502 157 "-" "curl"` };
}

/** Of the error log: the worker of Gunicorn went away. */
export function closedLine(at: number, path: string): Line {
  const what = 'upstream prematurely closed connection while reading response header from upstream';
  return errorLine(at, path, what);
}

/** Of the error log: the answer's header is larger than NGINX's buffer. */
export function tooBigLine(at: number, path: string): Line {
  const what = 'upstream sent too big header while reading response header from upstream';
  return errorLine(at, path, what);
}

/** Of the error log: nobody listens. */
export function refusedLine(at: number, path: string): Line {
  return errorLine(
    at,
    path,
    'connect() failed (111: Connection refused) while connecting to upstream',
  );
}

/** Of Gunicorn's log. */
export function timeoutLine(at: number, pid: number): Line {
  const stamp = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return { at, text: `[${stamp} +0000] [41] [CRITICAL] WORKER TIMEOUT (pid:${pid})` };
}

function errorLine(at: number, path: string, what: string): Line {
  const stamp = new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const request = `client: ${CLIENT}, server: _, request: "GET ${path} HTTP/1.1"`;
  const upstream = `upstream: "http://127.0.0.1:8000${path}", host: "shop"`;
  return { at, text: `${stamp} [error] 70#70: *1 ${what}, ${request}, ${upstream}` };
}
