import { type Card, type Contact, fold, values } from './model.ts';

/** Contacts that seem to be of one person. */
export interface Same {
  readonly by: 'email' | 'name';
  readonly contacts: readonly Contact[];
}

/** Finds those who share an address or a name: each in one set at most, and only where one may change them. */
export function duplicatesIn(contacts: Iterable<Contact>): readonly Same[] {
  const people = [...contacts].filter(({ isGroup, mayWrite }) => !isGroup && mayWrite);
  const parent = new Map(people.map(({ key }) => [key, key]));
  const byEmail = new Set<string>();
  const root = (key: string): string => {
    let at = key;
    while (parent.get(at) !== at) at = parent.get(at)!;
    parent.set(key, at);
    return at;
  };
  const first = new Map<string, string>();
  const join = (sign: string, key: string) => {
    const before = first.get(sign);
    if (before === undefined) {
      first.set(sign, key);
      return;
    }
    const [a, b] = [root(before), root(key)];
    if (sign.startsWith('@')) byEmail.add(key);
    if (a !== b) parent.set(b, a);
  };
  for (const { key, account, emails, name } of people) {
    for (const email of emails) join(`@${account} ${email.toLowerCase()}`, key);
    const said = fold(name).replace(/\s+/g, ' ').trim();
    // One word is a name of many.
    if (said.includes(' ')) join(`n${account} ${said}`, key);
  }
  const sets = Map.groupBy(people, ({ key }) => root(key));
  return [...sets.values()]
    .filter((set) => set.length > 1)
    .map((set) => ({ by: set.some(({ key }) => byEmail.has(key)) ? 'email' : 'name', contacts: set }));
}

/** What a card has one of, and a merge must choose. */
export const SINGLE = ['name', 'organizations', 'titles', 'anniversaries', 'media'] as const;
export type Single = (typeof SINGLE)[number];

/** What it may have any number of, and how two are known to be the same. */
const MANY: Readonly<Record<string, (entry: Readonly<Record<string, unknown>>) => string>> = {
  emails: ({ address }) => String(address).toLowerCase(),
  phones: ({ number }) => String(number).replace(/[^\d+]/g, ''),
  addresses: ({ full, components }) => fold(JSON.stringify(full ?? components)),
  nicknames: ({ name }) => fold(String(name)),
  notes: ({ note }) => String(note).trim(),
  links: ({ uri }) => String(uri),
  onlineServices: ({ uri, user, service }) => JSON.stringify([uri, user, service]),
};

/** How two values of a card look to somebody who chooses. */
export function differs(property: Single, cards: readonly Card[]): boolean {
  const given = cards.map((card) => card[property]).filter((one) => one !== undefined);
  return new Set(given.map((one) => JSON.stringify(one))).size > 1;
}

/**
 * The first card with what the others have besides. Of what there can be one only, the card that was `chosen` has it, else the first that has
 * any. Nothing that is there any number of times is lost, but `left`, by property and value as it is compared.
 */
export function merged(
  cards: readonly Card[],
  chosen: Readonly<Partial<Record<Single, number>>>,
  left: ReadonlySet<string> = new Set(),
): Card {
  const [kept] = cards as [Card];
  const result: Record<string, unknown> = {};
  for (const card of [...cards].reverse()) Object.assign(result, card);
  for (const property of SINGLE) {
    const value =
      cards[chosen[property] ?? -1]?.[property] ?? cards.find((card) => card[property] !== undefined)?.[property];
    if (value === undefined) delete result[property];
    else result[property] = value;
  }
  for (const [property, sign] of Object.entries(MANY)) {
    const all = cards.flatMap((card) => values(card[property] as Readonly<Record<string, never>> | undefined));
    const unique = new Map(all.map((entry) => [sign(entry), entry] as const).reverse());
    const ordered = [...new Set(all.map((entry) => sign(entry)))].filter((one) => !left.has(`${property} ${one}`));
    if (ordered.length === 0) delete result[property];
    else result[property] = Object.fromEntries(ordered.map((one, index) => [`k${index + 1}`, unique.get(one)]));
  }
  const keywords = Object.assign({}, ...cards.map((card) => card.keywords ?? {}));
  if (Object.keys(keywords).length > 0) result.keywords = keywords;
  const books = Object.assign({}, ...cards.map(({ addressBookIds }) => addressBookIds));
  const { id, uid, created } = kept;
  const whole = { ...result, id, uid, addressBookIds: books };
  return (created === undefined ? whole : { ...whole, created }) as unknown as Card;
}
