import { account } from '../api/account.ts';
import { call, chain, openSession } from '../api/jmap.ts';
import { isAddress } from './addresses.ts';
import { byRole } from './mailboxes.ts';
import type { Address, Email } from './types.ts';

const CONTACTS = 'urn:ietf:params:jmap:contacts';
/** Sent messages that are looked at for people. */
const LOOKED_AT = 300;
const SUGGESTED = 8;
const KEPT_MS = 10 * 60_000;

interface Person extends Address {
  /** How often and how lately he was written to. */
  readonly weight: number;
}

interface Card {
  readonly name?: { readonly full?: string };
  readonly emails?: Readonly<Record<string, { readonly address: string }>>;
}

let known: { readonly of: string; readonly until: number; readonly people: Promise<ReadonlyMap<string, Person>> };

/** People whose name or address has a word that begins as `text`: contacts, and those who were written to, these first. */
export async function suggest(text: string): Promise<readonly Address[]> {
  const wanted = fold(text.trim());
  if (wanted === '') return [];
  const [written, contacts] = await Promise.all([
    correspondents().catch(() => new Map<string, Person>()),
    contactsLike(text.trim()).catch(() => []),
  ]);
  const found = new Map<string, Person>();
  for (const one of contacts) found.set(one.email.toLowerCase(), { ...one, weight: 0 });
  for (const one of written.values()) {
    if (!matches(one, wanted)) continue;
    const key = one.email.toLowerCase();
    // The name that one gave somebody, not the one that he gives himself.
    found.set(key, { ...one, name: found.get(key)?.name ?? one.name });
  }
  return [...found.values()].sort((a, b) => b.weight - a.weight).slice(0, SUGGESTED);
}

/** Whom one has written to, by address in lower case. Read once in a while. */
export function correspondents(): Promise<ReadonlyMap<string, Person>> {
  const of = account.peek()?.id ?? '';
  if (known === undefined || known.of !== of || known.until < Date.now()) {
    known = { of, until: Date.now() + KEPT_MS, people: readSent() };
    known.people.catch(() => {
      known = { ...known, until: 0 };
    });
  }
  return known.people;
}

/** Has those who were just written to suggested from now on. */
export function forgetCorrespondents(): void {
  if (known !== undefined) known = { ...known, until: 0 };
}

async function readSent(): Promise<ReadonlyMap<string, Person>> {
  const people = new Map<string, Person>();
  const sent = byRole('sent');
  if (sent === undefined) return people;
  const [, { list }] = await chain<[unknown, { list: (Email & { readonly bcc: readonly Address[] | null })[] }]>(
    [
      'Email/query',
      {
        filter: { inMailbox: sent.id },
        sort: [{ property: 'receivedAt', isAscending: false }],
        limit: LOOKED_AT,
      },
      'q',
    ],
    [
      'Email/get',
      { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: ['to', 'cc', 'bcc'] },
      'e',
    ],
  );
  list.forEach(({ to, cc, bcc }, index) => {
    for (const { name, email } of [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])]) {
      const key = email.toLowerCase();
      const before = people.get(key);
      // The latest count for most.
      const weight = (before?.weight ?? 0) + 1 / (1 + index / 30);
      people.set(key, { email: before?.email ?? email, name: before?.name ?? name, weight });
    }
  });
  return people;
}

async function contactsLike(text: string): Promise<readonly Address[]> {
  const { primaryAccounts } = await openSession();
  const accountId = primaryAccounts[CONTACTS];
  if (accountId === undefined) return [];
  const { ids } = await call<{ ids: string[] }>('ContactCard/query', { accountId, filter: { text }, limit: SUGGESTED });
  if (ids.length === 0) return [];
  const { list } = await call<{ list: Card[] }>('ContactCard/get', { accountId, ids, properties: ['name', 'emails'] });
  return list.flatMap(({ name, emails }) =>
    Object.values(emails ?? {})
      .filter(({ address }) => isAddress(address))
      .map(({ address }) => ({ name: name?.full ?? null, email: address })),
  );
}

function matches({ name, email }: Address, wanted: string): boolean {
  const words = fold(`${name ?? ''} ${email}`);
  return (
    words.startsWith(wanted) ||
    words.split(/[\s@.,"_-]+/).some((word) => word.startsWith(wanted)) ||
    fold(email).startsWith(wanted)
  );
}

/** Without accents and case. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
