import type { Route as AnyRoute } from '../rest/route.ts';
import type { Caller, Reach } from './access.ts';
import type { AdminDeps } from './deps.ts';

export { Raw } from '../rest/route.ts';

export type Route = AnyRoute<AdminDeps, Caller, Reach>;

/** Whatever is not only looked at has a name in the audit log. */
type Named = { readonly method: 'GET' } | { readonly audit: string };

export function route<Q, B>(definition: AnyRoute<AdminDeps, Caller, Reach, Q, B> & Named): Route {
  return definition as Route;
}
