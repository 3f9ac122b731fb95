import { isId, wrongIn } from '../jscontact.ts';
import { type Line, plainText, readLines, split } from './lines.ts';

type Json = Record<string, unknown>;

/** What a reader does with one property: puts it into the card. False: it could not. */
type Read = (card: Json, line: Line, texts: string[]) => unknown;

/**
 * The cards in a text of vCards (RFC 6350, RFC 2426; and 2.1 as far as telephones write it), as JSContact (RFC 9555). What has no place there
 * is kept as `vCardProps` (section 2.3). `uid` gives one to a card that has none. Of a card that would not be valid, what is wrong is left out.
 */
export function readVcards(text: string, uid: () => string): readonly Json[] {
  return readLines(text).map(({ lines }) => {
    const card: Json = { '@type': 'Card', version: '1.0' };
    const labels = new Map(
      lines.filter(({ name }) => name === 'X-ABLABEL').map(({ group, value }) => [group, plainText(value)]),
    );
    for (const line of lines) {
      if (line.name === 'X-ABLABEL' && line.group !== '') continue;
      if (!readOne(card, line, labels)) keep(card, line);
    }
    card.uid ??= uid();
    return valid(card);
  });
}

function readOne(card: Json, line: Line, labels: ReadonlyMap<string, string>): boolean {
  const read = Object.hasOwn(READERS, line.name) ? READERS[line.name]! : undefined;
  if (read === undefined || line.value.trim() === '') return false;
  const decoded = { ...line, value: decodedValue(line) };
  const label = labels.get(line.group)?.replace(/^_\$!<(.*)>!\$_$/, '$1');
  const parameters = new Map(line.parameters);
  if (label !== undefined) parameters.set('LABEL', [label]);
  return read(card, { ...decoded, parameters }, split(decoded.value, ',').map(plainText)) !== false;
}

/** vCard 2.1's quoted-printable. */
function decodedValue({ parameters, value }: Line): string {
  const encoding = [...(parameters.get('ENCODING') ?? []), ...(parameters.get('TYPE') ?? [])];
  if (!encoding.some((one) => /^quoted-printable$/i.test(one))) return value;
  const octets = value.replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const bytes = Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
  return new TextDecoder().decode(bytes).replace(/\r\n|\n/g, '\\n');
}

/** RFC 9555 section 2.3.1: jCard's form of the property (RFC 7095). */
function keep(card: Json, { name, group, parameters, value }: Line): void {
  const given = Object.fromEntries(
    [...parameters].map(([key, all]) => [key.toLowerCase(), all.length === 1 ? all[0] : all]),
  );
  const grouped = group === '' ? given : { ...given, group };
  const props = (card.vCardProps ?? []) as unknown[];
  card.vCardProps = [...props, [name.toLowerCase(), grouped, 'unknown', value]];
}

/** Leaves out what would make the card invalid: somebody else wrote it. */
function valid(card: Json): Json {
  let result = card;
  for (let tries = 0; tries < 100; tries++) {
    const wrong = wrongIn(result);
    if (wrong === undefined) return result;
    const [property, id] = wrong.path.split('/') as [string, string?];
    const { [property]: value, ...rest } = result;
    const map = typeof value === 'object' && value !== null && !Array.isArray(value) && property !== 'name';
    if (map && id !== undefined && Object.hasOwn(value, id)) {
      const { [id]: _, ...others } = value as Json;
      result = Object.keys(others).length === 0 ? rest : { ...rest, [property]: others };
    } else result = rest;
    result = { ...result, '@type': 'Card', version: '1.0', uid: result.uid ?? card.uid };
  }
  return { '@type': 'Card', version: '1.0', uid: card.uid };
}

/** Adds an entry under its PROP-ID, or a number (RFC 9555 section 2.1.1). */
function add(card: Json, property: string, line: Line, entry: Json): void {
  const map = (card[property] ?? {}) as Json;
  const given = line.parameters.get('PROP-ID')?.[0];
  let id = given !== undefined && isId(given) ? given : `k${Object.keys(map).length + 1}`;
  while (Object.hasOwn(map, id)) id += 'x';
  card[property] = { ...map, [id]: { ...entry, ...common(line) } };
}

/** Contexts, preference and label (RFC 9555 section 2.2). */
function common({ parameters }: Line): Json {
  const types = typesOf(parameters);
  const contexts: Json = {};
  if (types.includes('home')) contexts.private = true;
  if (types.includes('work')) contexts.work = true;
  const pref = Number(parameters.get('PREF')?.[0] ?? (types.includes('pref') ? 1 : Number.NaN));
  const label = parameters.get('LABEL')?.[0];
  return {
    ...(Object.keys(contexts).length === 0 ? {} : { contexts }),
    ...(Number.isInteger(pref) && pref >= 1 && pref <= 100 ? { pref } : {}),
    ...(label === undefined || label === '' ? {} : { label }),
  };
}

function typesOf(parameters: Line['parameters']): readonly string[] {
  return (parameters.get('TYPE') ?? []).map((type) => type.toLowerCase());
}

/** Components of a structured value, each a list. */
function structured(value: string): readonly (readonly string[])[] {
  return split(value, ';').map((part) =>
    split(part, ',')
      .map(plainText)
      .filter((one) => one !== ''),
  );
}

function components(value: string, kinds: readonly string[]): { kind: string; value: string }[] {
  const parts = structured(value);
  return kinds.flatMap((kind, i) => (kind === '' ? [] : (parts[i] ?? []).map((one) => ({ kind, value: one }))));
}

/** RFC 9555 section 2.5.1 and RFC 9554: N has seven components by now. */
const NAME_KINDS = ['surname', 'given', 'given2', 'title', 'credential', 'surname2', 'generation'];
/** RFC 9555 section 2.5.x: the seven of RFC 6350, and those of RFC 9554. */
const ADDRESS_KINDS = [
  ...['postOfficeBox', 'apartment', 'name', 'locality', 'region', 'postcode', 'country', 'room', 'apartment', 'floor'],
  ...['number', 'name', 'building', 'block', 'subdistrict', 'district', 'landmark', 'direction'],
];

const FEATURES: Readonly<Record<string, string>> = {
  cell: 'mobile',
  voice: 'voice',
  text: 'text',
  video: 'video',
  fax: 'fax',
  pager: 'pager',
  textphone: 'textphone',
  'main-number': 'main-number',
};

const resource =
  (property: string, kind?: string): Read =>
  (card, line) => {
    const type = line.parameters.get('MEDIATYPE')?.[0];
    const uri = dataUri(line) ?? line.value.trim();
    add(card, property, line, {
      ...(kind === undefined ? {} : { kind }),
      uri,
      ...(type === undefined ? {} : { mediaType: type }),
    });
  };

/** vCard 3: base64 in the value, its type a parameter. */
function dataUri({ name, parameters, value }: Line): string | undefined {
  const encoding = (parameters.get('ENCODING') ?? []).map((one) => one.toLowerCase());
  const types = typesOf(parameters);
  if (!encoding.includes('b') && !encoding.includes('base64') && !types.includes('base64')) return undefined;
  const sort = name === 'SOUND' ? 'audio' : name === 'KEY' ? 'application' : 'image';
  const sub = types.find((type) => !['base64', 'home', 'work', 'pref'].includes(type)) ?? 'octet-stream';
  return `data:${sub.includes('/') ? sub : `${sort}/${sub}`};base64,${value.replace(/\s/g, '')}`;
}

const text =
  (property: string, member: string): Read =>
  (card, line, texts) => {
    for (const one of texts) if (one !== '') add(card, property, line, { [member]: one });
  };

const anniversary =
  (kind: string): Read =>
  (card, line) => {
    const date = dateOf(line.value.trim());
    if (date === undefined) return false;
    add(card, 'anniversaries', line, { kind, date });
  };

/** RFC 6350 section 4.3: dates of which parts may be missing. */
function dateOf(value: string): Json | undefined {
  const stamp = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)Z$/.exec(value);
  if (stamp !== null) {
    const [, year, month, day, hour, minute, second] = stamp;
    return { '@type': 'Timestamp', utc: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` };
  }
  const day = value.replace(/T.*$/, '');
  const [, year, month, dayOfMonth] =
    /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(day) ??
    /^--()(\d\d)-?(\d\d)$/.exec(day) ??
    /^(\d{4})(?:-(\d\d))?()$/.exec(day) ??
    [];
  const date: Json = {};
  // Apple writes 1604 where there is no year.
  if (year !== undefined && year !== '' && year !== '1604') date.year = Number(year);
  if (month !== undefined && month !== '') date.month = Number(month);
  if (dayOfMonth !== undefined && dayOfMonth !== '') date.day = Number(dayOfMonth);
  return Object.keys(date).length === 0 ? undefined : { '@type': 'PartialDate', ...date };
}

function utcOf(value: string): string | undefined {
  const date = dateOf(value.trim());
  if (typeof date?.utc === 'string') return date.utc;
  const time = Date.parse(value.trim());
  return Number.isNaN(time) ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

const impp: Read = (card, line) => {
  const service = line.parameters.get('SERVICE-TYPE')?.[0] ?? line.parameters.get('X-SERVICE-TYPE')?.[0];
  const user = line.parameters.get('USERNAME')?.[0];
  const value = line.value.trim();
  const where = /^[A-Za-z][A-Za-z0-9+.-]*:\S/.test(value) ? { uri: value } : { user: plainText(value) };
  add(card, 'onlineServices', line, {
    ...(service === undefined ? {} : { service }),
    ...(user === undefined ? {} : { user }),
    ...where,
    vCardName: line.name.toLowerCase(),
  });
};

const personal =
  (kind: string): Read =>
  (card, line) => {
    const level = line.parameters.get('LEVEL')?.[0]?.toLowerCase();
    const levels: Readonly<Record<string, string>> = { beginner: 'low', average: 'medium', expert: 'high' };
    const known = level === undefined ? undefined : (levels[level] ?? level);
    add(card, 'personalInfo', line, {
      kind,
      value: plainText(line.value),
      ...(known === undefined ? {} : { level: known }),
    });
  };

/** RFC 9555 section 2: what becomes of each property. */
const READERS: Readonly<Record<string, Read>> = {
  UID: (card, { value }) => void (card.uid = plainText(value)),
  KIND: (card, { value }) => void (card.kind = plainText(value).toLowerCase()),
  'X-ADDRESSBOOKSERVER-KIND': (card, { value }) => void (card.kind = plainText(value).toLowerCase()),
  REV: (card, { value }) => {
    const updated = utcOf(value);
    if (updated === undefined) return false;
    card.updated = updated;
  },
  CREATED: (card, { value }) => {
    const created = utcOf(value);
    if (created === undefined) return false;
    card.created = created;
  },
  PRODID: (card, { value }) => void (card.prodId = plainText(value)),
  LANGUAGE: (card, { value }) => void (card.language = plainText(value)),
  FN: (card, { value }) => {
    if ((card.name as Json | undefined)?.full !== undefined) return false;
    card.name = { ...(card.name as Json), full: plainText(value) };
  },
  N: (card, { value, parameters }) => {
    const parts = components(value, NAME_KINDS);
    const [surname, given] = (parameters.get('SORT-AS') ?? []).map(plainText);
    const sortAs = { ...(surname ? { surname } : {}), ...(given ? { given } : {}) };
    if (parts.length === 0) return false;
    card.name = { ...(card.name as Json), components: parts, ...(Object.keys(sortAs).length === 0 ? {} : { sortAs }) };
  },
  NICKNAME: text('nicknames', 'name'),
  ORG: (card, line) => {
    const [name, ...units] = structured(line.value).map((part) => part.join(', '));
    const named = units.filter((unit) => unit !== '').map((unit) => ({ name: unit }));
    add(card, 'organizations', line, { ...(name ? { name } : {}), ...(named.length === 0 ? {} : { units: named }) });
  },
  TITLE: (card, line) => add(card, 'titles', line, { kind: 'title', name: plainText(line.value) }),
  ROLE: (card, line) => add(card, 'titles', line, { kind: 'role', name: plainText(line.value) }),
  EMAIL: (card, line) => add(card, 'emails', line, { address: plainText(line.value).trim() }),
  TEL: (card, line) => {
    const features = typesOf(line.parameters).flatMap((type) => (Object.hasOwn(FEATURES, type) ? FEATURES[type]! : []));
    const set = Object.fromEntries(features.map((feature) => [feature, true]));
    add(card, 'phones', line, {
      number: plainText(line.value).trim(),
      ...(features.length === 0 ? {} : { features: set }),
    });
  },
  IMPP: impp,
  SOCIALPROFILE: impp,
  'X-SOCIALPROFILE': impp,
  LANG: (card, line) => add(card, 'preferredLanguages', line, { language: line.value.trim() }),
  ADR: (card, line) => {
    const parts = components(line.value, ADDRESS_KINDS);
    const full = line.parameters.get('LABEL')?.[0];
    const zone = line.parameters.get('TZ')?.[0];
    const geo = line.parameters.get('GEO')?.[0];
    const country = line.parameters.get('CC')?.[0];
    if (parts.length === 0 && full === undefined) return false;
    const parameters = new Map(line.parameters);
    parameters.delete('LABEL');
    const billing = ['billing', 'delivery'].filter((type) => typesOf(parameters).includes(type));
    const { contexts = {}, ...more } = common({ ...line, parameters });
    const all = { ...(contexts as Json), ...Object.fromEntries(billing.map((type) => [type, true])) };
    add(
      card,
      'addresses',
      { ...line, parameters: new Map([...parameters].filter(([key]) => key === 'PROP-ID')) },
      {
        ...(parts.length === 0 ? {} : { components: parts }),
        ...(full === undefined ? {} : { full }),
        ...(zone === undefined ? {} : { timeZone: zone }),
        ...(geo === undefined ? {} : { coordinates: geo }),
        ...(country === undefined ? {} : { countryCode: country }),
        ...(Object.keys(all).length === 0 ? {} : { contexts: all }),
        ...more,
      },
    );
  },
  LABEL: (card, line) => add(card, 'addresses', line, { full: plainText(line.value) }),
  PHOTO: resource('media', 'photo'),
  LOGO: resource('media', 'logo'),
  SOUND: resource('media', 'sound'),
  KEY: resource('cryptoKeys'),
  URL: resource('links'),
  'CONTACT-URI': resource('links', 'contact'),
  SOURCE: resource('directories', 'entry'),
  'ORG-DIRECTORY': resource('directories', 'directory'),
  CALURI: resource('calendars', 'calendar'),
  FBURL: resource('calendars', 'freeBusy'),
  CALADRURI: resource('schedulingAddresses'),
  BDAY: anniversary('birth'),
  DEATHDATE: anniversary('death'),
  ANNIVERSARY: anniversary('wedding'),
  'X-ANNIVERSARY': anniversary('wedding'),
  NOTE: (card, line) => add(card, 'notes', line, { note: plainText(line.value) }),
  CATEGORIES: (card, _line, texts) => {
    const given = texts.filter((one) => one.trim() !== '').map((one) => [one.trim(), true]);
    card.keywords = { ...(card.keywords as Json), ...Object.fromEntries(given) };
  },
  MEMBER: (card, { value }) => {
    card.kind ??= 'group';
    card.members = { ...(card.members as Json), [plainText(value).trim()]: true };
  },
  'X-ADDRESSBOOKSERVER-MEMBER': (card, { value }) => {
    card.kind = 'group';
    card.members = { ...(card.members as Json), [plainText(value).trim()]: true };
  },
  RELATED: (card, { value, parameters }) => {
    const relation = Object.fromEntries(typesOf(parameters).map((type) => [type, true]));
    card.relatedTo = { ...(card.relatedTo as Json), [plainText(value).trim()]: { relation } };
  },
  HOBBY: personal('hobby'),
  INTEREST: personal('interest'),
  EXPERTISE: personal('expertise'),
  GRAMGENDER: (card, { value }) => {
    card.speakToAs = { ...(card.speakToAs as Json), grammaticalGender: value.trim().toLowerCase() };
  },
  PRONOUNS: (card, line) => {
    const speakToAs = { ...(card.speakToAs as Json) };
    add(speakToAs, 'pronouns', line, { pronouns: plainText(line.value) });
    card.speakToAs = speakToAs;
  },
};
