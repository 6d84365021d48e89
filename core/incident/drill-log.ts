/** What a drill writes into its log. */
import { DRILL_SERVICE } from '../contract.ts';

/** Enough to see that a number in a message is the number of lines. */
const LINES = 3;
const DRILL_ID = /^drill-\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/** `drill-20261120T140241Z-5e884898`: names the drill, its log stream, and the host that its lines are of. */
export function drillIdOf(atMs: number, random: string): string {
  const stamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `drill-${stamp}-${random}`;
}

export function isDrillId(text: string): boolean {
  return DRILL_ID.test(text);
}

/** Lines of NGINX's error log about requests that nobody made, of an address that is nobody's (RFC 5737). */
export function drillLines(atMs: number): readonly string[] {
  const at = new Date(atMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const what = 'connect() failed (111: Connection refused) while connecting to upstream';
  return Array.from({ length: LINES }, (_, index) =>
    [
      `${at} [error] 1#1: *${index + 1} ${what}`,
      'client: 192.0.2.1',
      `server: ${DRILL_SERVICE.name}`,
      'request: "GET /badgateway/drill HTTP/1.1"',
      'upstream: "http://192.0.2.2:8000/badgateway/drill"',
      `host: "${DRILL_SERVICE.name}"`,
    ].join(', '),
  );
}
