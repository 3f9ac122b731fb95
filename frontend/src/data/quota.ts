import { signal } from '@preact/signals';
import { call, openSession } from '../api/jmap.ts';

/** How much of the account's storage is used (RFC 9425); undefined where it has no limit. */
export interface Storage {
  readonly used: number;
  readonly hardLimit: number;
}

export const storage = signal<Storage | undefined>(undefined);

export async function loadStorage(): Promise<void> {
  if (!('urn:ietf:params:jmap:quota' in (await openSession()).capabilities)) return;
  const { list } = await call<{ list: (Storage & { resourceType: string })[] }>('Quota/get', { ids: null });
  storage.value = list.find(({ resourceType }) => resourceType === 'octets');
}
