/**
 * What a JSContact card is made of (RFC 9553), and what is wrong with one that is none. Properties that this does not know are kept as they
 * are (sections 1.7 and 1.8): those of vendors, and of specifications to come.
 */

/** A value's type; gives what is wrong with it, as it goes on behind the path, or undefined. */
type Type = (value: unknown, path: string) => Wrong | undefined;

/** What is wrong, and where: a JSON pointer without the first slash. */
export interface Wrong {
  readonly path: string;
  readonly what: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Levels that a card may have: unknown properties are looked at no closer. */
const MAX_DEPTH = 16;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function when(test: (value: unknown) => boolean, what: string): Type {
  return (value, path) => (test(value) ? undefined : { path, what });
}

const text = when((value) => typeof value === 'string' && value.isWellFormed(), 'must be a string');
const filled = when(
  (value) => typeof value === 'string' && value !== '' && value.isWellFormed(),
  'must be a string that is not empty',
);
const flag = when((value) => typeof value === 'boolean', 'must be true or false');
const count = when((value) => Number.isInteger(value) && (value as number) >= 0, 'must be a whole number');
const pref = when(
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 100,
  'must be 1 to 100',
);
const uri = when((value) => typeof value === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:\S/.test(value), 'must be a URI');
const country = when(
  (value) => typeof value === 'string' && /^[A-Za-z]{2}$/.test(value),
  'must be a code of two letters',
);
const utc = when(isUtc, 'must be a date and time in UTC, as 2026-11-21T08:30:00Z');

/** RFC 9553 section 1.4.5: no fraction that is zero. */
function isUtc(value: unknown): boolean {
  const match = typeof value === 'string' ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d*[1-9])?Z$/.exec(value) : null;
  if (match === null) return false;
  const time = new Date(`${match[1]}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(match[1]!);
}

/** Section 1.4.1. */
export function isId(key: string): boolean {
  return /^[A-Za-z0-9_-]{1,255}$/.test(key);
}

function list(item: Type): Type {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, what: 'must be a list' };
    return first(
      value.map((one, i) => [String(i), one] as const),
      path,
      item,
    );
  };
}

function map(item: Type, isKey: (key: string) => boolean, keys: string): Type {
  return (value, path) => {
    if (!isObject(value)) return { path, what: 'must be an object' };
    const wrong = Object.keys(value).find((key) => !isKey(key));
    if (wrong !== undefined) return { path: at(path, wrong), what: keys };
    return first(Object.entries(value), path, item);
  };
}

const byId = (item: Type) => map(item, isId, 'is no id: 1 to 255 of A-Z a-z 0-9 - _');
const byText = (item: Type) => map(item, (key) => key !== '', 'must not be empty');
const set = byText(when((value) => value === true, 'must be true'));

function first(entries: Iterable<readonly [string, unknown]>, path: string, item: Type): Wrong | undefined {
  for (const [key, one] of entries) {
    const wrong = item(one, at(path, key));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** RFC 6901. */
function at(path: string, key: string): string {
  const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
  return path === '' ? step : `${path}/${step}`;
}

interface Shape {
  readonly name: string;
  readonly properties: Readonly<Record<string, Type>>;
  readonly required?: readonly string[];
  /** One of them at least. */
  readonly oneOf?: readonly string[];
  readonly more?: (value: Json, path: string) => Wrong | undefined;
}

function object({ name, properties, required = [], oneOf, more }: Shape): Type {
  return (value, path) => {
    if (!isObject(value)) return { path, what: `must be an object (${name})` };
    if (value['@type'] !== undefined && value['@type'] !== name)
      return { path: at(path, '@type'), what: `must be ${name}` };
    const missing = required.find((property) => value[property] === undefined);
    if (missing !== undefined) return { path: at(path, missing), what: 'must be given' };
    if (oneOf?.every((property) => value[property] === undefined) === true) {
      return { path, what: `needs ${oneOf.join(' or ')}` };
    }
    for (const [property, one] of Object.entries(value)) {
      const type = Object.hasOwn(properties, property) ? properties[property]! : undefined;
      const wrong = type?.(one, at(path, property));
      if (wrong !== undefined) return wrong;
    }
    return more?.(value, path);
  };
}

const CONTEXT = { contexts: set, pref };
const LABELED = { ...CONTEXT, label: text };
/** Section 2.6: what is somewhere else. */
const RESOURCE = { kind: filled, uri, mediaType: filled, ...LABELED };

/** Sections 2.2.1.1 and 2.5.1: separators stand only between what is in order. */
function ordered(value: Json, path: string): Wrong | undefined {
  const components = (value.components ?? []) as readonly Json[];
  if (value.isOrdered === true) return undefined;
  if (value.defaultSeparator !== undefined) {
    return { path: at(path, 'defaultSeparator'), what: 'needs isOrdered' };
  }
  const separator = components.findIndex(({ kind }) => kind === 'separator');
  return separator < 0
    ? undefined
    : { path: at(at(path, 'components'), String(separator)), what: 'a separator needs isOrdered' };
}

const component = (name: string) =>
  object({ name, properties: { value: text, kind: filled, phonetic: text }, required: ['value', 'kind'] });

const COMPONENTS = (name: string) => ({
  components: list(component(name)),
  isOrdered: flag,
  defaultSeparator: text,
  full: text,
  phoneticScript: filled,
  phoneticSystem: filled,
});

const NAME = object({
  name: 'Name',
  properties: { ...COMPONENTS('NameComponent'), sortAs: byText(text) },
  oneOf: ['components', 'full'],
  more: ordered,
});

const ADDRESS = object({
  name: 'Address',
  properties: {
    ...COMPONENTS('AddressComponent'),
    countryCode: country,
    coordinates: uri,
    timeZone: filled,
    ...CONTEXT,
  },
  more: ordered,
});

/** Section 2.8.1: as much of a date as is known. */
const PARTIAL_DATE = object({
  name: 'PartialDate',
  properties: { year: count, month: within(12), day: within(31), calendarScale: filled },
  more: (value, path) => {
    if (value.year === undefined && value.month === undefined) return { path, what: 'needs year or month' };
    return value.day !== undefined && value.month === undefined ? { path, what: 'a day needs its month' } : undefined;
  },
});
const TIMESTAMP = object({ name: 'Timestamp', properties: { utc }, required: ['utc'] });
const DATE: Type = (value, path) =>
  (isObject(value) && value['@type'] === 'Timestamp' ? TIMESTAMP : PARTIAL_DATE)(value, path);

function within(most: number): Type {
  return when(
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most,
    `must be 1 to ${most}`,
  );
}

const CARD: Readonly<Record<string, Type>> = {
  // Metadata (section 2.1).
  version: when((value) => value === '1.0', 'must be 1.0'),
  created: utc,
  kind: filled,
  language: filled,
  members: set,
  prodId: text,
  relatedTo: byText(object({ name: 'Relation', properties: { relation: set } })),
  uid: filled,
  updated: utc,
  // Name and organization (2.2).
  name: NAME,
  nicknames: byId(object({ name: 'Nickname', properties: { name: text, ...CONTEXT }, required: ['name'] })),
  organizations: byId(
    object({
      name: 'Organization',
      properties: {
        name: text,
        units: list(object({ name: 'OrgUnit', properties: { name: text, sortAs: text }, required: ['name'] })),
        sortAs: text,
        contexts: set,
      },
      oneOf: ['name', 'units'],
    }),
  ),
  speakToAs: object({
    name: 'SpeakToAs',
    properties: {
      grammaticalGender: filled,
      pronouns: byId(object({ name: 'Pronouns', properties: { pronouns: text, ...CONTEXT }, required: ['pronouns'] })),
    },
    oneOf: ['grammaticalGender', 'pronouns'],
  }),
  titles: byId(
    object({
      name: 'Title',
      properties: {
        name: text,
        kind: filled,
        organizationId: when((id) => typeof id === 'string' && isId(id), 'must be an id'),
      },
      required: ['name'],
    }),
  ),
  // Contact (2.3).
  emails: byId(object({ name: 'EmailAddress', properties: { address: filled, ...LABELED }, required: ['address'] })),
  onlineServices: byId(
    object({
      name: 'OnlineService',
      properties: { service: text, uri, user: text, ...LABELED },
      oneOf: ['uri', 'user'],
    }),
  ),
  phones: byId(
    object({ name: 'Phone', properties: { number: filled, features: set, ...LABELED }, required: ['number'] }),
  ),
  preferredLanguages: byId(
    object({ name: 'LanguagePref', properties: { language: filled, ...CONTEXT }, required: ['language'] }),
  ),
  // Calendaring and scheduling (2.4).
  calendars: byId(object({ name: 'Calendar', properties: RESOURCE, required: ['kind', 'uri'] })),
  schedulingAddresses: byId(object({ name: 'SchedulingAddress', properties: { uri, ...LABELED }, required: ['uri'] })),
  // Address and location (2.5).
  addresses: byId(ADDRESS),
  // Resources (2.6).
  cryptoKeys: byId(object({ name: 'CryptoKey', properties: RESOURCE, required: ['uri'] })),
  directories: byId(
    object({ name: 'Directory', properties: { ...RESOURCE, listAs: count }, required: ['kind', 'uri'] }),
  ),
  links: byId(object({ name: 'Link', properties: RESOURCE, required: ['uri'] })),
  // In JMAP a blob may stand for the URI (RFC 9610 section 3).
  media: byId(
    object({
      name: 'Media',
      properties: { ...RESOURCE, blobId: filled },
      required: ['kind'],
      oneOf: ['uri', 'blobId'],
    }),
  ),
  // Multilingual (2.7).
  localizations: byText(
    map(
      () => undefined,
      (key) => key !== '',
      'must not be empty',
    ),
  ),
  // Additional (2.8).
  anniversaries: byId(
    object({
      name: 'Anniversary',
      properties: { kind: filled, date: DATE, place: ADDRESS, contexts: set, label: text },
      required: ['kind', 'date'],
    }),
  ),
  keywords: set,
  notes: byId(
    object({
      name: 'Note',
      properties: {
        note: text,
        created: utc,
        author: object({ name: 'Author', properties: { name: text, uri }, oneOf: ['name', 'uri'] }),
      },
      required: ['note'],
    }),
  ),
  personalInfo: byId(
    object({
      name: 'PersonalInfo',
      properties: { kind: filled, value: text, level: filled, listAs: count, label: text },
      required: ['kind', 'value'],
    }),
  ),
};

/** Properties of a card that this knows. */
export const CARD_PROPERTIES = ['@type', ...Object.keys(CARD)];

const card = object({
  name: 'Card',
  properties: CARD,
  required: ['@type', 'version', 'uid'],
  more: (value) => {
    // Section 2.1.6.
    if (value.members !== undefined && value.kind !== 'group') return { path: 'members', what: 'needs the kind group' };
    return undefined;
  },
});

/** What is wrong with a card first; undefined: nothing. */
export function wrongIn(value: unknown): Wrong | undefined {
  return tooDeep(value, '', 0) ?? card(value, '') ?? localized(value as Json);
}

/** Each localization is a patch of the card, which must be one with it too (section 2.7.1). */
function localized(value: Json): Wrong | undefined {
  for (const [language, patch] of Object.entries((value.localizations ?? {}) as Readonly<Record<string, Json>>)) {
    const path = at('localizations', language);
    const { localizations: _, ...plain } = value;
    let translated: Json = plain;
    for (const [pointer, one] of Object.entries(patch)) {
      const where = at(path, pointer);
      if (/^(@type|version|uid|localizations)(\/|$)/.test(pointer)) return { path: where, what: 'cannot be localized' };
      const next = patchedAt(translated, pointer.split('/'), one);
      if (next === undefined) return { path: where, what: 'points at nothing in the card' };
      translated = next as Json;
    }
    const wrong = card(translated, '');
    if (wrong !== undefined) return { path, what: `${wrong.path} ${wrong.what}` };
  }
  return undefined;
}

function patchedAt(value: unknown, steps: readonly string[], put: unknown): unknown {
  const [step, ...rest] = steps as [string, ...string[]];
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  if (Array.isArray(value)) {
    // A list is changed only as far as it goes.
    const index = /^(0|[1-9]\d{0,5})$/.test(key) ? Number(key) : value.length;
    if (index >= value.length) return undefined;
    const inner = rest.length === 0 ? put : patchedAt(value[index], rest, put);
    return inner === undefined ? undefined : value.with(index, inner);
  }
  if (!isObject(value) || key === '__proto__') return undefined;
  if (rest.length > 0 && !Object.hasOwn(value, key)) return undefined;
  const { [key]: before, ...others } = value;
  if (rest.length === 0) return put === null ? others : { ...others, [key]: put };
  const inner = patchedAt(before, rest, put);
  return inner === undefined ? undefined : { ...others, [key]: inner };
}

function tooDeep(value: unknown, path: string, depth: number): Wrong | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return { path, what: `is more than ${MAX_DEPTH} levels deep` };
  return first(Object.entries(value), path, (one, where) => tooDeep(one, where, depth + 1));
}
