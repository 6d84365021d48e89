import type { Count, Diagnosis } from '../diagnosis.ts';

/** The routes with the most failures, and `others` for all that the list does not name: they add up. */
export function topRoutes({ routes, failures }: Diagnosis, most: number): Count<'route'>[] {
  const listed = routes.slice(0, most);
  const rest = failures - listed.reduce((sum, one) => sum + one.failures, 0);
  return rest > 0 && listed.length > 0 ? [...listed, { route: 'others', failures: rest }] : listed;
}
