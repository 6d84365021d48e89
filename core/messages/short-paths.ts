/**
 * The shortest name of each path that no other path shares: `access.log`, or `web-1/access.log` beside
 * `web-2/access.log`.
 */
export function shortPaths(paths: readonly string[]): ReadonlyMap<string, string> {
  const unique = [...new Set(paths)];
  const depth = new Map(unique.map((path) => [path, 1]));
  for (let round = 0; round < 64 && deepenClashes(unique, depth); round++);
  return new Map(unique.map((path) => [path, tail(path, depth.get(path) ?? 1)]));
}

function deepenClashes(paths: readonly string[], depth: Map<string, number>): boolean {
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    const name = tail(path, depth.get(path) ?? 1);
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  let hasChanged = false;
  for (const clashing of byName.values()) {
    if (clashing.length < 2) continue;
    for (const path of clashing) {
      const parts = path.split('/').length;
      const next = Math.min(parts, (depth.get(path) ?? 1) + 1);
      hasChanged ||= next !== depth.get(path);
      depth.set(path, next);
    }
  }
  return hasChanged;
}

function tail(path: string, depth: number): string {
  return path.split('/').slice(-depth).join('/');
}
