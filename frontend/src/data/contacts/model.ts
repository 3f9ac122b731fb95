/** Cards (RFC 9553, RFC 9610) as the pages look at them. Pure. */

type Entries<T> = Readonly<Record<string, T>>;
type Set = Readonly<Record<string, true>>;

export interface Kinds {
  readonly contexts?: Set;
  readonly label?: string;
}

export interface Card {
  readonly id: string;
  readonly uid: string;
  readonly addressBookIds: Set;
  readonly kind?: string;
  readonly name?: { readonly full?: string; readonly components?: readonly { kind: string; value: string }[] };
  readonly nicknames?: Entries<{ readonly name: string }>;
  readonly organizations?: Entries<{ readonly name?: string }>;
  readonly titles?: Entries<{ readonly name: string; readonly kind?: string }>;
  readonly emails?: Entries<Kinds & { readonly address: string }>;
  readonly phones?: Entries<Kinds & { readonly number: string; readonly features?: Set }>;
  readonly addresses?: Entries<
    Kinds & { readonly full?: string; readonly components?: readonly { kind: string; value: string }[] }
  >;
  readonly anniversaries?: Entries<{ readonly kind: string; readonly date: CardDate }>;
  readonly notes?: Entries<{ readonly note: string }>;
  readonly links?: Entries<Kinds & { readonly uri: string }>;
  readonly media?: Entries<{
    readonly kind: string;
    readonly blobId?: string;
    readonly uri?: string;
    mediaType?: string;
  }>;
  readonly keywords?: Set;
  readonly members?: Set;
  readonly [property: string]: unknown;
}

export interface CardDate {
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly utc?: string;
}

export interface Book {
  readonly id: string;
  readonly account: string;
  /** Whose it is, where it is another's. */
  readonly owner?: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly myRights: { readonly mayRead: boolean; readonly mayWrite: boolean };
}

/** A card, with what is shown of it in lists and found in it. */
export interface Contact {
  /** Of its page: the card's id; for those of others, behind the account's. */
  readonly key: string;
  readonly account: string;
  readonly card: Card;
  /** Empty where it has none. */
  readonly name: string;
  readonly emails: readonly string[];
  readonly isGroup: boolean;
  readonly isFavourite: boolean;
  readonly mayWrite: boolean;
  /** What lists are sorted by, and a search looks into. */
  readonly sort: string;
  readonly text: string;
}

/** The keyword of those who are kept at the top. */
export const FAVOURITE = 'starred';

export function contactOf(account: string, isOwn: boolean, card: Card, mayWrite: boolean): Contact {
  const emails = values(card.emails).map(({ address }) => address);
  const name = nameOf(card);
  const said = [
    ...[name, ...emails, ...values(card.nicknames).map((one) => one.name)],
    ...[...values(card.organizations).map((one) => one.name ?? ''), ...values(card.titles).map((one) => one.name)],
    ...[...values(card.phones).map(({ number }) => number), ...values(card.notes).map(({ note }) => note)],
  ];
  return {
    key: isOwn ? card.id : `${account}.${card.id}`,
    account,
    card,
    name,
    emails,
    isGroup: card.kind === 'group',
    isFavourite: card.keywords?.[FAVOURITE] === true,
    mayWrite,
    sort: fold(name || emails[0] || ''),
    text: fold(said.join('\n')),
  };
}

/** What somebody is called: by name, nickname or organisation. */
export function nameOf({ name, nicknames, organizations }: Card): string {
  const spoken = (name?.components ?? []).map(({ value }) => value).join(' ');
  const all = [name?.full, spoken, values(nicknames)[0]?.name, values(organizations)[0]?.name];
  return all.find((one) => one !== undefined && one.trim() !== '')?.trim() ?? '';
}

export function values<T>(entries: Entries<T> | undefined): readonly T[] {
  return Object.values(entries ?? {});
}

/** Without case and accents. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** In the order of the reader's language. */
export function sorted(contacts: Iterable<Contact>, locale: string): readonly Contact[] {
  const { compare } = new Intl.Collator(locale, { sensitivity: 'base', numeric: true });
  return [...contacts].sort((a, b) => compare(a.sort, b.sort) || (a.key < b.key ? -1 : 1));
}

/** Those who have all of the words. */
export function fitting(contacts: readonly Contact[], text: string): readonly Contact[] {
  const words = fold(text)
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.length === 0 ? contacts : contacts.filter((one) => words.every((word) => one.text.includes(word)));
}

/** The letter under which somebody is looked for; `#` for all that begin otherwise. */
export function letterOf({ sort }: Contact): string {
  const [first = ''] = sort;
  return /\p{L}/u.test(first) ? first.toUpperCase() : '#';
}

/** `'`, `2026-05-17`, `--05-17` or `1985`: as much as is known. */
export function dateText({ year, month, day, utc }: CardDate): string {
  if (utc !== undefined) return utc.slice(0, 10);
  const two = (number: number) => String(number).padStart(2, '0');
  const parts = [month, day].filter((one) => one !== undefined).map(two);
  return [year === undefined ? '-' : String(year).padStart(4, '0'), ...parts].join('-');
}

export function addressText(address: {
  readonly full?: string;
  readonly components?: readonly { value: string }[];
}): string {
  return address.full ?? (address.components ?? []).map(({ value }) => value).join(', ');
}
