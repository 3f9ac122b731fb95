import { call } from '../api/jmap.ts';
import type { Address } from './types.ts';

/** RFC 8621 section 6. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly replyTo: readonly Address[] | null;
  readonly bcc: readonly Address[] | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
}

/** Whom one may write as; the account's own first. */
export async function readIdentities(): Promise<readonly Identity[]> {
  const { list } = await call<{ list: Identity[] }>('Identity/get', { ids: null });
  return list;
}
