import { account } from '../api/account.ts';
import { type Key, t } from '../i18n/index.ts';
import { remembered } from './layout.ts';
import { byRole, mailboxes } from './mailboxes.ts';
import { ANYWHERE, filterOf, type Surroundings, type Understood } from './query/filter.ts';
import { ENGLISH, OPERATORS, parseQuery, VALUES, type Vocabulary } from './query/language.ts';
import type { Mailbox } from './types.ts';

/** Searches that are offered again. */
const KEPT = 10;

const ROLES = ['inbox', 'drafts', 'sent', 'junk', 'trash', 'archive', 'snoozed'];

/** Searches of this browser, the latest first; of whoever is signed in only. */
const kept = remembered<{ readonly of: string; readonly searches: readonly string[] }>('searches', {
  of: '',
  searches: [],
});

export function recentSearches(): readonly string[] {
  const { of, searches } = kept.value;
  return of === account.value?.id ? searches : [];
}

export function rememberSearch(text: string): void {
  const searches = [text, ...recentSearches().filter((one) => one !== text)].slice(0, KEPT);
  kept.value = { of: account.peek()?.id ?? '', searches };
}

export function forgetSearches(): void {
  kept.value = { of: '', searches: [] };
}

/** Where a search is found: what is in the address is what was typed. */
export function searchPath(text: string, email?: string): string {
  return `/search${email === undefined ? '' : `/${email}`}?q=${encodeURIComponent(text)}`;
}

/** The words of the language that the page is in. */
export function vocabulary(): Vocabulary {
  const words = (names: readonly string[], prefix: string) =>
    Object.fromEntries(names.map((name) => [name, t(`${prefix}.${name}` as Key)]));
  const or = t('search.or');
  return {
    or: /^\S+$/.test(or) ? or : ENGLISH.or,
    operators: single(words(OPERATORS, 'search.op')),
    values: single(words(VALUES, 'search.value')),
  };
}

/** A word that cannot be read again is not used. */
function single(words: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(words).filter(([, word]) => /^[\p{L}\p{M}\p{N}_]+$/u.test(word)));
}

/** What a search asks of the server, as the mailboxes are now. */
export function understood(text: string): Understood {
  return filterOf(parseQuery(text, vocabulary()), surroundings());
}

function surroundings(): Surroundings {
  const now = new Date();
  // The same search on the same day is the same list.
  now.setHours(0, 0, 0, 0);
  return {
    now,
    folder: (name) => mailboxCalled(name)?.id,
    apart: ['trash', 'junk'].flatMap((role) => byRole(role)?.id ?? []),
  };
}

/** By its name, by the path to it, or by what it is for, in any case. */
export function mailboxCalled(name: string): Mailbox | undefined {
  const wanted = name.toLowerCase();
  const all = [...mailboxes.value.values()];
  return (
    all.find((one) => one.role !== null && (one.role === wanted || said(one).toLowerCase() === wanted)) ??
    all.find((one) => pathOf(one).toLowerCase() === wanted) ??
    all.find((one) => one.name.toLowerCase() === wanted)
  );
}

function said({ role, name }: Mailbox): string {
  return role !== null && ROLES.includes(role) ? t(`role.${role}` as Key) : name;
}

/** With those that it is in, as a reader sees them. */
export function pathOf(mailbox: Mailbox): string {
  const parent = mailbox.parentId === null ? undefined : mailboxes.value.get(mailbox.parentId);
  return parent === undefined ? said(mailbox) : `${pathOf(parent)}/${said(mailbox)}`;
}

/** What stands behind `in:` for a mailbox. */
export function nameInSearch(mailbox: Mailbox): string {
  const name = said(mailbox);
  return mailboxCalled(name)?.id === mailbox.id ? name : pathOf(mailbox);
}

export { ANYWHERE };
