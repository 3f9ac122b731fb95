import type { Route as AnyRoute } from '../rest/route.ts';
import type { Caller, Reach } from './access.ts';
import type { AdminDeps } from './deps.ts';

export { Raw } from '../rest/route.ts';

export type Route = AnyRoute<AdminDeps, Caller, Reach>;

export function route<Q, B>(definition: AnyRoute<AdminDeps, Caller, Reach, Q, B>): Route {
  return definition as Route;
}
