/** What the tests of mail/account share: an account with some mail in it, and a look into the store. */
import type { Account, Draft, Mailbox, State } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import type { Item } from '../../mail/ports/index.ts';
import { message, summary, type World, world } from '../support/accounts.ts';
import { type Call, failing } from '../support/failing.ts';
import type { MemoryPorts } from '../support/memory.ts';
import type { StorePorts } from '../support/ports.ts';

export const A = 'a1';

export function uids(...numbers: number[]): UidSet {
  return UidSet.from(numbers);
}

export function boxOf(state: State, name = 'INBOX'): Mailbox {
  const mailbox = state.mailboxNamed(name);
  if (mailbox === undefined) throw new Error(`no mailbox ${name}`);
  return mailbox;
}

/** What stands in a mailbox: [uid, flags]. */
export function listed(state: State, name = 'INBOX'): [number, string][] {
  const rows = state.rows(boxOf(state, name).id);
  return Array.from({ length: rows.length }, (_, i) => [rows.uid(i), rows.flags(i).list.join(' ')]);
}

export function emailsIn(state: State, name = 'INBOX'): number[] {
  const rows = state.rows(boxOf(state, name).id);
  return Array.from({ length: rows.length }, (_, i) => rows.email(i));
}

export async function makeInbox(account: Account): Promise<Mailbox> {
  const { result } = await account.write((draft) => draft.createMailbox('INBOX', 'inbox'));
  return result;
}

/** Adds one message with a subject; gives its number. */
export async function addTo(
  account: Account,
  fields: Parameters<typeof message>[1] = {},
  name = 'INBOX',
): Promise<number> {
  const { result } = await account.write((draft: Draft) => draft.add(message([boxOf(draft, name).id], fields)));
  return result!.email;
}

/** A world whose calls to the store are noted. */
export function noted(seed = 1): {
  readonly w: World;
  readonly calls: Call[];
  readonly memory: MemoryPorts;
  watch(): StorePorts;
} {
  const w = world(seed);
  const calls: Call[] = [];
  const watch = () =>
    failing(w.ports, {
      clock: w.clock,
      decide: (call) => {
        calls.push(call);
        return undefined;
      },
    });
  return { w, calls, memory: w.ports as MemoryPorts, watch };
}

/** The items of the account's log, the head the last. */
export function items(w: World, id = A): Item[] {
  return [...(w.ports as MemoryPorts).records.everything()]
    .filter(({ pk }) => pk === `a/${id}`)
    .sort((a, b) => (a.sk < b.sk ? -1 : 1));
}

export function seqs(w: World, id = A): number[] {
  return items(w, id).flatMap(({ sk }) => (sk.startsWith('e/') ? Number(sk.slice(2)) : []));
}

export async function blobNames(w: World, kind: 'raw' | 'log' = 'log'): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of w.ports.blobs.list(kind)) names.push(name);
  return names.sort();
}

/** A message's raw blob, and a summary that names it by its subject. */
export async function raw(
  w: World,
  subject: string,
  owners = 1,
): Promise<{ blob: string; summary: ReturnType<typeof summary> }> {
  const { name } = await w.ports.blobs.put('raw', Buffer.from(`Subject: ${subject}\r\n\r\n`), { owners });
  return { blob: name, summary: summary({ subject, messageId: `${subject}@x` }) };
}
