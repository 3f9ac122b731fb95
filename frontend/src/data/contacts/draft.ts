import { addressText, type Card, dateText, values } from './model.ts';

/** A card as a form has it. */
export interface Draft {
  readonly given: string;
  readonly surname: string;
  readonly nickname: string;
  readonly organisation: string;
  readonly job: string;
  readonly emails: readonly Line[];
  readonly phones: readonly Line[];
  readonly addresses: readonly Line[];
  readonly birthday: string;
  readonly link: string;
  readonly notes: string;
  /** Of a blob; null: none. */
  readonly photo: string | null;
}

export interface Line {
  /** Of the entry; what is new has one of its own. */
  readonly key: string;
  readonly value: string;
  readonly kind: '' | 'private' | 'work' | 'mobile';
}

type Entry = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, Entry>>;

export function draftOf(card: Partial<Card>): Draft {
  const component = (kind: string) =>
    (card.name?.components ?? [])
      .filter((one) => one.kind === kind)
      .map(({ value }) => value)
      .join(' ');
  let [given, surname] = [component('given'), component('surname')];
  const { full } = card.name ?? {};
  if (given === '' && surname === '' && full !== undefined) {
    const at = full.trim().lastIndexOf(' ');
    [given, surname] = at < 0 ? [full.trim(), ''] : [full.slice(0, at).trim(), full.slice(at + 1).trim()];
  }
  const lines = (entries: unknown, read: (entry: never) => string) =>
    Object.entries((entries ?? {}) as Entries).map(([key, entry]) => ({
      key,
      value: read(entry as never),
      kind: kindOf(entry),
    }));
  const birth = values(card.anniversaries).find(({ kind }) => kind === 'birth');
  return {
    given,
    surname,
    nickname: values(card.nicknames)[0]?.name ?? '',
    organisation: values(card.organizations)[0]?.name ?? '',
    job: values(card.titles)[0]?.name ?? '',
    emails: lines(card.emails, ({ address }: { address: string }) => address),
    phones: lines(card.phones, ({ number }: { number: string }) => number),
    addresses: lines(card.addresses, addressText),
    birthday: birth === undefined ? '' : dateText(birth.date),
    link: values(card.links)[0]?.uri ?? '',
    notes: values(card.notes)[0]?.note ?? '',
    photo: photoOf(card) ?? null,
  };
}

/** The blob of somebody's photo. */
export function photoOf(card: Partial<Card>): string | undefined {
  return values(card.media).find(({ kind, blobId }) => kind === 'photo' && blobId !== undefined)?.blobId;
}

/** The card with what the form says: what the form did not change, or does not show, stays as it is. */
export function cardWith(before: Partial<Card>, draft: Draft): Readonly<Record<string, unknown>> {
  const was = draftOf(before);
  const card: Record<string, unknown> = { ...before };
  const put = (property: string, entries: Entries) => {
    if (Object.keys(entries).length === 0) delete card[property];
    else card[property] = entries;
  };
  if (draft.given !== was.given || draft.surname !== was.surname || before.name === undefined) {
    const name = nameWith(before, draft.given.trim(), draft.surname.trim());
    if (name === undefined) delete card.name;
    else card.name = name;
  }
  const one = (property: string, member: string, value: string, wasValue: string, more: Entry = {}) => {
    if (value.trim() === wasValue.trim()) return;
    const entries = { ...((before[property] ?? {}) as Record<string, Entry>) };
    const key = Object.keys(entries)[0] ?? 'k1';
    if (value.trim() === '') delete entries[key];
    else entries[key] = { ...more, ...entries[key], [member]: value.trim() };
    put(property, entries);
  };
  one('nicknames', 'name', draft.nickname, was.nickname);
  one('organizations', 'name', draft.organisation, was.organisation);
  one('titles', 'name', draft.job, was.job, { kind: 'title' });
  one('notes', 'note', draft.notes, was.notes);
  const link = draft.link.trim();
  one('links', 'uri', link === '' || /^[a-z][a-z0-9+.-]*:/i.test(link) ? link : `https://${link}`, was.link);
  put(
    'emails',
    linesWith(before.emails, draft.emails, (address) => ({ address })),
  );
  put(
    'phones',
    linesWith(before.phones, draft.phones, (number) => ({ number })),
  );
  put(
    'addresses',
    linesWith(before.addresses, draft.addresses, (full) => ({ full })),
  );
  if (draft.birthday !== was.birthday) put('anniversaries', birthdayWith(before, draft.birthday));
  if (draft.photo !== was.photo) {
    const others = Object.entries((before.media ?? {}) as Entries).filter(([, { kind }]) => kind !== 'photo');
    const photo: Entries = draft.photo === null ? {} : { photo: { kind: 'photo', blobId: draft.photo } };
    put('media', { ...Object.fromEntries(others), ...photo });
  }
  return card;
}

function nameWith(before: Partial<Card>, given: string, surname: string): unknown {
  const others = (before.name?.components ?? []).filter(
    ({ kind }) => !['given', 'surname', 'separator'].includes(kind),
  );
  const leading = others.filter(({ kind }) => kind === 'title');
  const inner = others.filter(({ kind }) => kind === 'given2');
  const trailing = others.filter(({ kind }) => kind !== 'title' && kind !== 'given2');
  const components = [
    ...leading,
    ...(given === '' ? [] : [{ kind: 'given', value: given }]),
    ...inner,
    ...(surname === '' ? [] : [{ kind: 'surname', value: surname }]),
    ...trailing,
  ];
  return components.length === 0 ? undefined : { components, full: components.map(({ value }) => value).join(' ') };
}

function linesWith(before: unknown, lines: readonly Line[], write: (value: string) => Entry): Entries {
  const entries = (before ?? {}) as Entries;
  const next: Record<string, Entry> = {};
  for (const { key, value, kind } of lines) {
    if (value.trim() === '') continue;
    const was = entries[key];
    if (was === undefined) {
      next[key] = { ...write(value.trim()), ...kindWith({}, kind) };
      continue;
    }
    const isSame = value === (was.address ?? was.number ?? addressText(was));
    // Of an address that was written anew, the parts of the old one are not true any more.
    const { components: _, ...plain } = was;
    const entry = isSame ? was : { ...(was.components === undefined ? was : plain), ...write(value.trim()) };
    next[key] = kind === kindOf(was) ? entry : kindWith(entry, kind);
  }
  return next;
}

function kindOf({ contexts = {}, features = {} }: Entry): Line['kind'] {
  if ((features as Entry).mobile === true) return 'mobile';
  if ((contexts as Entry).work === true) return 'work';
  return (contexts as Entry).private === true ? 'private' : '';
}

function kindWith(entry: Entry, kind: Line['kind']): Entry {
  const { contexts: _, features: __, ...rest } = entry;
  if (kind === '') return rest;
  return kind === 'mobile' ? { ...rest, features: { mobile: true } } : { ...rest, contexts: { [kind]: true } };
}

function birthdayWith(before: Partial<Card>, text: string): Entries {
  const others = Object.entries((before.anniversaries ?? {}) as Entries).filter(([, { kind }]) => kind !== 'birth');
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return Object.fromEntries(others);
  const date = { '@type': 'PartialDate', year: Number(year), month: Number(month), day: Number(day) };
  return { ...Object.fromEntries(others), birth: { kind: 'birth', date } };
}
