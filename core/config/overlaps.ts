/** What concerns several places of a configuration: names of services, and log groups given more than once. */
import { LOG_ROLES, type LogRole } from '../model.ts';
import { type ConfigProblem, problemAt, show } from './problem.ts';

/** A log group where it is given. */
type Given = {
  readonly keys: readonly (string | number)[];
  readonly name: string;
  readonly role: LogRole;
  readonly service: number;
};

/** Subscription filters that a log group can have (CloudWatch Logs, service quotas). */
const MOST_FILTERS = 2;

/** The problems between the parts of a document, whatever else is wrong with it. */
export function findOverlaps(document: unknown): ConfigProblem[] {
  return [...sameNames(document), ...sameGroups(document)];
}

function sameNames(document: unknown): ConfigProblem[] {
  const first = new Map<string, number>();
  return listOf(memberOf(document, 'services')).flatMap((service, index) => {
    const name = memberOf(service, 'name');
    if (typeof name !== 'string') return [];
    const other = first.get(name) ?? index;
    first.set(name, other);
    if (other === index) return [];
    const message = `use another name, services[${other}] is ${show(name)} too`;
    return [problemAt(document, ['services', index, 'name'], message)];
  });
}

function sameGroups(document: unknown): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const byName = new Map<string, Given[]>();
  const prefixes: Given[] = [];
  for (const group of groupsOf(document)) {
    const isPrefix = stemOf(group.name) !== null;
    const candidates = isPrefix
      ? [...byName.values()].flat()
      : [...(byName.get(group.name) ?? []), ...prefixes];
    const message = refusalOf(
      group,
      candidates.filter((other) => isOverlap(group.name, other.name)),
    );
    if (message !== null) problems.push(problemAt(document, group.keys, message));
    byName.set(group.name, [...(byName.get(group.name) ?? []), group]);
    if (isPrefix) prefixes.push(group);
  }
  return problems;
}

/** Why a log group cannot be given beside the earlier ones with the same events. */
function refusalOf(group: Given, others: readonly Given[]): string | null {
  const clash = others.map((other) => refusalBeside(group, other)).find((text) => text !== null);
  if (clash !== undefined) return clash;
  const services = new Set(others.map(({ service }) => service));
  if (group.role === 'app' || services.size < MOST_FILTERS) return null;
  return `take ${show(group.name)} out, ${services.size} services read it and CloudWatch gives a log group ${MOST_FILTERS} subscription filters`;
}

function refusalBeside(group: Given, other: Given): string | null {
  const what = show(group.name);
  const where =
    other.name === group.name ? placeOf(other) : `${show(other.name)} of ${placeOf(other)}`;
  if (other.service === group.service && other.role === group.role) {
    return other.name === group.name
      ? `take ${what} out, it is listed twice`
      : `take ${what} out or name the groups one by one, ${where} has events of it too`;
  }
  if (other.role !== group.role) {
    return `give ${what} one role, it is in ${where} too and every line would be read as both`;
  }
  if (group.role !== 'system' && group.role !== 'app') {
    return `give ${what} to one service, it is in ${where} too and every failure would count for both`;
  }
  return null;
}

function placeOf({ service, role }: Given): string {
  return `services[${service}].logs.${role}`;
}

function isOverlap(a: string, b: string): boolean {
  const stemA = stemOf(a);
  const stemB = stemOf(b);
  if (stemA !== null && (stemB ?? b).startsWith(stemA)) return true;
  return stemB !== null ? (stemA ?? a).startsWith(stemB) : a === b;
}

/** Of a name that stands for all that begin so; `null` for others. */
function stemOf(name: string): string | null {
  return name.length > 1 && name.endsWith('*') ? name.slice(0, -1) : null;
}

function groupsOf(document: unknown): Given[] {
  return listOf(memberOf(document, 'services')).flatMap((entry, service) =>
    LOG_ROLES.flatMap((role) => {
      const keys = ['services', service, 'logs', role];
      const given = memberOf(memberOf(entry, 'logs'), role);
      const isList = Array.isArray(given);
      return (isList ? given : [given]).flatMap((group: unknown, index) => {
        const name = typeof group === 'string' ? group : memberOf(group, 'name');
        if (typeof name !== 'string' || name === '') return [];
        return [{ keys: isList ? [...keys, index] : keys, name, role, service }];
      });
    }),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
