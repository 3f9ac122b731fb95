import * as z from 'zod';
import type { Card } from '../../contacts/books.ts';

const DATE = z.iso.datetime();

/** RFC 9610 section 3.3.1. */
export const CONDITION = z.strictObject({
  inAddressBook: z.string().optional(),
  uid: z.string().optional(),
  hasMember: z.string().optional(),
  kind: z.string().optional(),
  createdBefore: DATE.optional(),
  createdAfter: DATE.optional(),
  updatedBefore: DATE.optional(),
  updatedAfter: DATE.optional(),
  text: z.string().optional(),
  name: z.string().optional(),
  'name/given': z.string().optional(),
  'name/surname': z.string().optional(),
  'name/surname2': z.string().optional(),
  nickname: z.string().optional(),
  organization: z.string().optional(),
  email: z.string().optional(),
  phone: z.string().optional(),
  onlineService: z.string().optional(),
  address: z.string().optional(),
  note: z.string().optional(),
});

export type Condition = z.infer<typeof CONDITION>;

type Json = Readonly<Record<string, unknown>>;

/** Where the words of a textual condition are looked for. */
const TEXTS = {
  name: ({ name }: Card) => strings(name, ['full', 'components', 'value']),
  'name/given': (card: Card) => components(card, 'given'),
  'name/surname': (card: Card) => components(card, 'surname'),
  'name/surname2': (card: Card) => components(card, 'surname2'),
  nickname: ({ nicknames }: Card) => each(nicknames, ['name']),
  organization: ({ organizations }: Card) => each(organizations, ['name', 'units']),
  email: ({ emails }: Card) => each(emails, ['address', 'label']),
  phone: ({ phones }: Card) => each(phones, ['number', 'label']),
  onlineService: ({ onlineServices }: Card) => each(onlineServices, ['service', 'uri', 'user', 'label']),
  address: ({ addresses }: Card) => each(addresses, ['full', 'components', 'value']),
  note: ({ notes }: Card) => each(notes, ['note']),
} as const;

type TextField = keyof typeof TEXTS;
const FIELDS = Object.keys(TEXTS) as readonly TextField[];

/** What was folded of a card, by field: cards do not change. */
const known = new WeakMap<Card, Map<TextField | 'text', string>>();

function textOf(card: Card, field: TextField | 'text'): string {
  let texts = known.get(card);
  if (texts === undefined) {
    texts = new Map();
    known.set(card, texts);
  }
  let text = texts.get(field);
  if (text === undefined) {
    const found = field === 'text' ? everything(card) : TEXTS[field](card);
    text = fold(found.join('\n'));
    texts.set(field, text);
  }
  return text;
}

/** All that somebody may remember of a card: titles and keywords too. */
function everything(card: Card): readonly string[] {
  const fields = FIELDS.flatMap((field) => TEXTS[field](card));
  const more = [...each(card.titles, ['name']), ...each(card.personalInfo, ['value'])];
  return [...fields, ...more, ...Object.keys((card.keywords ?? {}) as Json)];
}

/** Case, accents and forms of letters make no difference. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** All strings in these members, and in what they hold. */
function strings(value: unknown, names: readonly string[]): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((one) => strings(one, ['value', 'name']));
  if (typeof value !== 'object' || value === null) return [];
  return names.flatMap((name) => strings((value as Json)[name], names));
}

function each(map: unknown, names: readonly string[]): readonly string[] {
  return Object.values((map ?? {}) as Json).flatMap((one) => strings(one, names));
}

/** The parts of a name that are of a kind, in order. */
export function components({ name }: Card, kind: string): readonly string[] {
  const all = ((name as Json | undefined)?.components ?? []) as readonly { kind: string; value: string }[];
  return all.filter((one) => one.kind === kind).map(({ value }) => value);
}

/** A condition as a test of one card. */
export function test(condition: Condition): (card: Card) => boolean {
  const tests: ((card: Card) => boolean)[] = [];
  const { inAddressBook, uid, hasMember, kind } = condition;
  if (inAddressBook !== undefined) tests.push(({ addressBookIds }) => addressBookIds[inAddressBook] === true);
  if (uid !== undefined) tests.push((card) => card.uid === uid);
  if (hasMember !== undefined) tests.push(({ members }) => (members as Json | undefined)?.[hasMember] === true);
  // RFC 9553 section 2.1.4: the default.
  if (kind !== undefined) tests.push((card) => (card.kind ?? 'individual') === kind);
  for (const property of ['created', 'updated'] as const) {
    const { [`${property}Before`]: before, [`${property}After`]: after } = condition as Record<
      string,
      string | undefined
    >;
    if (before !== undefined) tests.push((card) => timeOf(card, property) < Date.parse(before));
    if (after !== undefined) tests.push((card) => timeOf(card, property) >= Date.parse(after));
  }
  for (const field of [...FIELDS, 'text'] as const) {
    const words =
      condition[field] === undefined
        ? []
        : fold(condition[field])
            .split(/\s+/)
            .filter((word) => word !== '');
    for (const word of words) tests.push((card) => textOf(card, field).includes(word));
  }
  return (card) => tests.every((one) => one(card));
}

export function timeOf(card: Card, property: 'created' | 'updated'): number {
  const text = card[property];
  return typeof text === 'string' ? Date.parse(text) : Number.NaN;
}
