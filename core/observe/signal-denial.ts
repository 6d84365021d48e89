/** Denials by SELinux and AppArmor, as the kernel's audit records have them. */
import type { Observed } from './observed.ts';

/** More of a record than its fields take; the rest may be a path of any length. */
const MAX_RECORD = 4096;
const PROGRAMS = /nginx|gunicorn|uvicorn|python/;

/**
 * A denial that keeps NGINX from Gunicorn's socket or port, or Gunicorn from its own; `null` for what was
 * only logged (`permissive=1`, AppArmor's complain mode) and for other programs.
 */
export function observeAuditText(text: string): Observed | null {
  const record = text.slice(0, MAX_RECORD);
  if (record.startsWith('SELinux is preventing ')) return observeAdvice(record);
  const isSelinux = /\bavc: {1,2}denied {1,2}\{/.test(record);
  if (!isSelinux && !record.includes('apparmor="DENIED"')) return null;
  if (record.includes(' permissive=1')) return null;
  const process = field(record, 'comm') ?? '';
  const profile = field(record, 'profile') ?? '';
  if (!PROGRAMS.test(process) && !PROGRAMS.test(profile)) return null;
  const reason = isSelinux ? selinuxReason(record) : `AppArmor ${field(record, 'operation') ?? ''}`;
  return {
    id: 'mac-denied',
    pid: Number(field(record, 'pid') ?? Number.NaN) || null,
    facts: { process, reason },
  };
}

/** setroubleshoot: `SELinux is preventing /usr/sbin/nginx from name_connect access on the tcp_socket port 8000.` */
function observeAdvice(record: string): Observed | null {
  const match = /^SELinux is preventing (\S{1,200}) from (\w{1,40}) access on the (\w{1,40})/.exec(
    record,
  );
  if (match === null || !PROGRAMS.test(match[1] ?? '')) return null;
  const [, path = '', permission = '', target = ''] = match;
  const process = path.slice(path.lastIndexOf('/') + 1);
  return {
    id: 'mac-denied',
    pid: null,
    facts: { process, reason: `SELinux ${permission} ${target}` },
  };
}

function selinuxReason(record: string): string {
  const permission = /\{ ([a-z_ ]{1,80}) \}/.exec(record)?.[1] ?? '';
  const target = field(record, 'path') ?? field(record, 'name') ?? field(record, 'dest') ?? '';
  return `SELinux ${permission} ${target}`.trim().slice(0, 200);
}

/** ` name="value"` or ` name=value`. */
function field(record: string, name: string): string | null {
  const start = record.indexOf(` ${name}=`);
  if (start < 0) return null;
  const from = start + name.length + 2;
  const isQuoted = record.charCodeAt(from) === 34;
  const end = isQuoted ? record.indexOf('"', from + 1) : record.indexOf(' ', from);
  return record.slice(isQuoted ? from + 1 : from, end < 0 ? undefined : end);
}
