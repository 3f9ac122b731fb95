import { batch } from '@preact/signals';
import { accountOf } from '../api/ids.ts';
import { call, closeSession, MAIL, mailAccount, openSession } from '../api/jmap.ts';
import { MethodError } from '../api/method-error.ts';
import { refreshEmails } from './emails.ts';
import { areOthersKnown, type Other, others, othersMailboxes } from './others.ts';
import { current } from './sync.ts';
import type { Mailbox } from './types.ts';

/** What others share, read once and kept as the server has it. */

/** By account: the state of its emails. */
const states = new Map<string, string>();
let reading: Promise<void> = Promise.resolve();
let looking: Promise<void> = Promise.resolve();

/** Reads who shares, and what. `isNew`: the session object says something else than the last time. */
export function loadOthers(isNew: boolean): Promise<void> {
  reading = reading.then(() => read(isNew)).catch(() => undefined);
  return reading;
}

async function read(isNew: boolean): Promise<void> {
  if (isNew) closeSession();
  const [{ accounts }, own] = await Promise.all([openSession(), mailAccount()]);
  const found = Object.entries(accounts).filter(
    ([id, { accountCapabilities }]) => id !== own && accountCapabilities !== undefined && MAIL in accountCapabilities,
  );
  const ids = found.map(([id]) => id);
  const [names, ...all] = await Promise.all([namesOf(ids), ...ids.map(mailboxesIn)]);
  for (const id of states.keys()) if (!ids.includes(id)) states.delete(id);
  batch(() => {
    othersMailboxes.value = new Map(all.flat().map((one) => [one.id, one]));
    others.value = found
      .map(([account, { name }]): Other => ({ account, name: names.get(account) ?? name, address: name }))
      .filter((_, index) => all[index]!.length > 0)
      .sort((a, b) => a.name.localeCompare(b.name));
    areOthersKnown.value = true;
  });
}

/** Mailboxes of an account, and from which state on its emails are followed. None where it is not shared any more. */
async function mailboxesIn(accountId: string): Promise<readonly Mailbox[]> {
  try {
    const [{ list }, { state }] = await Promise.all([
      call<{ list: Mailbox[] }>('Mailbox/get', { accountId, ids: null }),
      call<{ state: string }>('Email/get', { accountId, ids: [] }),
    ]);
    if (!states.has(accountId)) states.set(accountId, state);
    return list;
  } catch (error) {
    if (error instanceof MethodError) return [];
    throw error;
  }
}

/** What the owners are called. */
async function namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { list } = await call<{ list: { id: string; name: string }[] }>('Principal/get', {
    ids,
    properties: ['name'],
  }).catch(() => ({ list: [] }));
  return new Map(list.map(({ id, name }) => [id, name]));
}

/** Hears that something has changed in the account of another. */
export function othersChanged(account: string, changed: Readonly<Record<string, string>>): void {
  if ('Mailbox' in changed) void reloadOther(account);
  if ('Email' in changed) looking = looking.then(() => lookAtEmails(account)).catch(() => undefined);
}

/** Reads again what one other shares. */
export async function reloadOther(account: string): Promise<void> {
  const list = await mailboxesIn(account);
  if (list.length === 0) return loadOthers(true);
  if (!others.peek().some((one) => one.account === account)) return loadOthers(true);
  const rest = [...othersMailboxes.peek()].filter(([id]) => accountOf(id) !== account);
  othersMailboxes.value = new Map([...rest, ...list.map((one) => [one.id, one] as const)]);
}

async function lookAtEmails(accountId: string): Promise<void> {
  const sinceState = states.get(accountId);
  if (sinceState !== undefined) {
    try {
      const { newState, updated } = await call<{ newState: string; updated: string[] }>('Email/changes', {
        accountId,
        sinceState,
      });
      states.set(accountId, newState);
      void refreshEmails(updated).catch(() => undefined);
    } catch {
      // After a change of rights, what was before cannot be compared.
      states.set(accountId, (await call<{ state: string }>('Email/get', { accountId, ids: [] })).state);
    }
  }
  const { inMailbox } = (current.peek()?.query.filter ?? {}) as { inMailbox?: string };
  if (inMailbox !== undefined && accountOf(inMailbox) === accountId) await current.peek()?.refresh();
}

/** Reads again everything, after the line was lost. */
export async function lookAtOthers(): Promise<void> {
  await loadOthers(true);
  for (const { account } of others.peek()) await lookAtEmails(account).catch(() => undefined);
}

/** A principal of RFC 9670 section 2, as far as it is chosen from. */
export interface Principal {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly email: string | null;
}

const PRINCIPAL = ['type', 'name', 'email'];
const SUGGESTED = 8;

/** Those whose name or address holds a text. */
export async function principalsLike(text: string): Promise<readonly Principal[]> {
  const { ids } = await call<{ ids: string[] }>('Principal/query', {
    filter: { text },
    sort: [{ property: 'name', isAscending: true }],
    limit: SUGGESTED,
  });
  return ids.length === 0 ? [] : principals(ids);
}

export async function principals(ids: readonly string[]): Promise<readonly Principal[]> {
  const { list } = await call<{ list: Principal[] }>('Principal/get', { ids, properties: PRINCIPAL });
  return list;
}
