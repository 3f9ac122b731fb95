import type { Deed as Asked } from '../rest/api.ts';
import { type Caller, type Owned, placeOf, type Reach } from './access.ts';
import type { AdminDeps } from './deps.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes/table.ts';

/** Puts each deed into the audit log before it is done, with what was there before; see mail/audit. */
export function recorder({ directory, audit }: AdminDeps) {
  return async ({ route, call, reach }: Asked<AdminDeps, Caller, Reach>, work: () => Promise<unknown>) => {
    const owned = ownedOf(reach);
    const place = owned === undefined ? undefined : await placeOf(directory, owned);
    const target = call.params[Object.keys(call.params)[0] ?? ''] ?? (owned && Object.values(owned)[0]);
    const detail = { ...(call.query as object), ...(call.body as object) };
    const before = await beforeOf(route, call);
    const { tenant, domain } = place ?? {};
    const deed = {
      actor: call.who.actor,
      action: route.audit!,
      ...(target === undefined ? {} : { target }),
      ...(tenant === undefined ? {} : { tenant }),
      ...(domain === undefined ? {} : { domain }),
      ...(Object.keys(detail).length === 0 ? {} : { detail }),
      ...(before === undefined ? {} : { before }),
      address: call.request.address,
      request: call.id,
    };
    return audit.around(deed, work);
  };
}

function ownedOf(reach: 'anyone' | Reach): Owned | undefined {
  const all = (Array.isArray(reach) ? reach : [reach]) as readonly (string | Owned)[];
  return all.find((each): each is Owned => typeof each !== 'string');
}

/** What is looked at under the path of what is changed, or above it: `/accounts/{address}` for `/accounts/{address}/password`. */
async function beforeOf(route: Route, call: Parameters<Route['handle']>[0]): Promise<unknown> {
  if (route.method === 'GET') return undefined;
  const above = route.path.slice(0, route.path.lastIndexOf('/'));
  const looks = [route.path, above].flatMap((path) => (path.includes('{') ? showing(path) : []))[0];
  // What is not there, or cannot be looked at, is refused, or not, by what is about to be done.
  return looks?.handle(call).catch(() => undefined);
}

function showing(path: string): Route[] {
  return ROUTES.filter((route) => route.method === 'GET' && route.path === path && route.response !== undefined);
}
