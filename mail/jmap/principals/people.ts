import { createHash } from 'node:crypto';
import type { AccountInfo } from '../../directory/types.ts';
import type { Call } from '../method.ts';
import { principalOwner } from './owner.ts';
import { EVERYBODY } from './share-with.ts';

/** A principal (RFC 9670 section 2) as clients see it. */
export type Principal = Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };

export const PRINCIPAL_PROPERTIES = [
  ...['id', 'type', 'name', 'description', 'email', 'timeZone', 'capabilities', 'accounts'],
];

/**
 * The principals that a user sees, by id: those of his tenant who are not hidden, himself, and everybody as a group. A principal has the id
 * of the account.
 */
export async function principalsOf(call: Call): Promise<ReadonlyMap<string, Principal>> {
  const { user, deps } = call;
  const people = (await deps.people?.(user.tenant)) ?? [];
  const all = new Map<string, Principal>([[user.id, individual(user, user)]]);
  for (const one of people) {
    if (one.tenant === user.tenant && one.enabled && one.public !== true && one.id !== user.id) {
      all.set(one.id, individual(one, user));
    }
  }
  all.set(EVERYBODY, {
    id: EVERYBODY,
    type: 'group',
    name: 'Everybody',
    description: 'All users here',
    email: null,
    timeZone: null,
    capabilities: {},
    accounts: null,
  });
  return all;
}

function individual({ id, address, displayName }: AccountInfo, user: AccountInfo): Principal {
  return {
    id,
    type: 'individual',
    name: displayName ?? address,
    description: null,
    email: address,
    timeZone: null,
    capabilities: {},
    // Of others: filled in where something is shared.
    accounts:
      id === user.id
        ? {
            [id]: {
              name: address,
              isPersonal: true,
              isReadOnly: false,
              accountCapabilities: principalOwner(user, user),
            },
          }
        : null,
  };
}

/** Changes with whatever is said of anybody. */
export function principalState(all: ReadonlyMap<string, Principal>): string {
  return createHash('sha256')
    .update(JSON.stringify([...all.values()]))
    .digest('base64url')
    .slice(0, 16);
}
