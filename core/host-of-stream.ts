/**
 * The host that a log stream is of. The logs of one host must come to one name, or nothing can be joined.
 *
 * With templates (`{host}/nginx-access`, `prod-*-{host}`), the first that fits tells. Without, an EC2 instance id or
 * an ECS task id in the name is it, whatever stands around it; else the whole name, as the agent's default has it
 * (`log_stream_name: {instance_id}`).
 */
export function hostOfStream(stream: string, templates: readonly string[]): string {
  for (const template of templates) {
    const host = hostByTemplate(stream, template);
    if (host !== null) return host;
  }
  return INSTANCE_ID.exec(stream)?.[0] ?? TASK_ID.exec(stream)?.[0] ?? stream;
}

const INSTANCE_ID = /\bi-[0-9a-f]{17}\b|\bi-[0-9a-f]{8}\b/;
/** The last part of what the `awslogs` driver of ECS writes: `prefix/container/task`. */
const TASK_ID = /\b[0-9a-f]{32}$/;

function hostByTemplate(stream: string, template: string): string | null {
  const [before = '', after = ''] = template.split('{host}', 2);
  const start = endOfBeginning(stream, before.split('*'));
  if (start < 0) return null;
  const end = startOfEnding(stream, after.split('*'), start);
  return end > start ? stream.slice(start, end) : null;
}

/** The index after a beginning whose parts have anything between them; -1 when the name does not begin so. */
function endOfBeginning(stream: string, parts: readonly string[]): number {
  const [first = '', ...rest] = parts;
  if (!stream.startsWith(first)) return -1;
  let at = first.length;
  for (const part of rest) {
    const found = stream.indexOf(part, at);
    if (found < 0) return -1;
    at = found + part.length;
  }
  return at;
}

/** The index at which the ending begins, not before `start`; -1 when the name does not end so. */
function startOfEnding(stream: string, parts: readonly string[], start: number): number {
  const last = parts.at(-1) ?? '';
  if (!stream.endsWith(last)) return -1;
  let at = stream.length - last.length;
  for (const part of parts.slice(0, -1).reverse()) {
    const found = part === '' ? start + 1 : stream.lastIndexOf(part, at - part.length);
    if (found < start) return -1;
    at = found;
  }
  return at;
}
