import * as z from 'zod';
import type { State } from '../../account/types.ts';
import type { AccountInfo } from '../../directory/types.ts';

/** The account's objects of this type, named as JMAP names it: their states are those of the type. */
export const IDENTITY = 'Identity';

/** The identity of the account's own address: it is there before anybody has written one, and stays. */
export const DEFAULT_ID = 'default';

/** Each is in the snapshot of the account, so that there are few of them and none is large. */
export const MAX_IDENTITIES = 20;
const MAX_TEXT = 8 * 1024;
const MAX_HTML = 32 * 1024;
const MAX_ADDRESSES = 20;

const line = (bytes: number) =>
  z
    .string()
    .refine((text) => !/[\x00-\x1f\x7f]/.test(text), 'no control characters')
    .refine((text) => Buffer.byteLength(text) <= bytes, `at most ${bytes} bytes`);

const text = (bytes: number) =>
  z.string().refine((given) => Buffer.byteLength(given) <= bytes, `at most ${bytes} bytes`);

const ADDRESS = line(320).refine((address) => /^[^@\s][^\s]*@[^@\s]+$/.test(address), 'not an address');

const EMAIL_ADDRESSES = z
  .array(z.strictObject({ name: line(255).nullable().default(null), email: ADDRESS }))
  .max(MAX_ADDRESSES);

/** What a client may set (RFC 8621 section 6). */
const CHANGEABLE = {
  name: line(255).default(''),
  replyTo: EMAIL_ADDRESSES.nullable().default(null),
  bcc: EMAIL_ADDRESSES.nullable().default(null),
  textSignature: text(MAX_TEXT).default(''),
  htmlSignature: text(MAX_HTML).default(''),
};

/** As it is kept, and as a client creates one. */
export const SETTINGS = z.strictObject({ email: ADDRESS, ...CHANGEABLE });
export type Settings = z.infer<typeof SETTINGS>;

export interface Identity extends Settings {
  readonly id: string;
  readonly mayDelete: boolean;
}

/** All identities of the account, its default first. */
export function identities(user: AccountInfo, state: State): ReadonlyMap<string, Identity> {
  const stored = state.objects(IDENTITY) as ReadonlyMap<string, Settings>;
  const usual: Settings = {
    name: user.displayName ?? '',
    replyTo: null,
    bcc: null,
    textSignature: '',
    htmlSignature: '',
    ...stored.get(DEFAULT_ID),
    // The address of the account may have changed since.
    email: user.address,
  };
  const all = new Map<string, Identity>([[DEFAULT_ID, { id: DEFAULT_ID, ...usual, mayDelete: false }]]);
  for (const [id, settings] of stored) {
    if (id !== DEFAULT_ID) all.set(id, { id, ...settings, mayDelete: true });
  }
  return all;
}
