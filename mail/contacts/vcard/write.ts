import { escaped, writeLine } from './lines.ts';

type Json = Readonly<Record<string, unknown>>;
type Parameters = readonly (readonly [string, string])[];

export type Version = '3.0' | '4.0';

/**
 * A JSContact card as a vCard (RFC 9555): 4.0 (RFC 6350), or 3.0 (RFC 2426) for programs that know no other. What has no place there is left
 * out; what came as `vCardProps` goes back as it was.
 */
export function writeVcard(card: Json, version: Version = '4.0'): string {
  const lines: string[] = ['BEGIN:VCARD\r\n', `VERSION:${version}\r\n`];
  const put = (name: string, parameters: Parameters, value: string) =>
    void lines.push(writeLine(name, parameters, value));
  const text = (name: string, value: unknown, parameters: Parameters = []) => {
    if (typeof value === 'string' && value !== '') put(name, parameters, escaped(value));
  };
  const isOld = version === '3.0';
  text('UID', card.uid);
  if (!isOld) text('KIND', card.kind);
  text('PRODID', card.prodId);
  text('REV', card.updated);
  if (!isOld) text('CREATED', card.created);
  if (!isOld) text('LANGUAGE', card.language);
  names(card, text, put);
  const each = (property: string, write: (one: Json, parameters: Parameters) => void) => {
    for (const one of Object.values((card[property] ?? {}) as Json)) write(one as Json, common(one as Json, isOld));
  };
  each('nicknames', ({ name }, parameters) => text('NICKNAME', name, parameters));
  each('organizations', ({ name, units }, parameters) => {
    const all = [name ?? '', ...((units ?? []) as readonly Json[]).map((unit) => unit.name)];
    put('ORG', parameters, all.map((part) => escaped(String(part))).join(';'));
  });
  each('titles', ({ name, kind }, parameters) => text(kind === 'role' ? 'ROLE' : 'TITLE', name, parameters));
  each('emails', ({ address }, parameters) => text('EMAIL', address, parameters));
  each('phones', ({ number, features }, parameters) => {
    const types = Object.keys((features ?? {}) as Json).map((type) => (type === 'mobile' ? 'cell' : type));
    text('TEL', number, [...parameters, ...types.map((type) => ['TYPE', type] as const)]);
  });
  each('onlineServices', ({ service, uri, user }, parameters) => {
    const more: Parameters = [
      ...(service === undefined ? [] : ([[isOld ? 'X-SERVICE-TYPE' : 'SERVICE-TYPE', String(service)]] as const)),
      ...(user === undefined || uri === undefined ? [] : ([['USERNAME', String(user)]] as const)),
    ];
    if (uri === undefined)
      text(isOld ? 'X-SOCIALPROFILE' : 'SOCIALPROFILE', user, [...parameters, ...more, ['VALUE', 'text']]);
    else put('IMPP', [...parameters, ...more], String(uri));
  });
  each('addresses', (address, parameters) =>
    put('ADR', [...parameters, ...ofAddress(address)], addressValue(address, isOld)),
  );
  each('media', ({ kind, uri, mediaType }, parameters) => {
    if (typeof uri !== 'string') return;
    const name = kind === 'logo' ? 'LOGO' : kind === 'sound' ? 'SOUND' : 'PHOTO';
    const [, type, data] = /^data:([^;,]*);base64,(.*)$/s.exec(uri) ?? [];
    if (isOld && data !== undefined) {
      put(name, [...parameters, ['ENCODING', 'b'], ['TYPE', (type ?? '').split('/')[1]?.toUpperCase() ?? '']], data);
    } else
      put(
        name,
        [
          ...parameters,
          ...(typeof mediaType === 'string' && data === undefined ? [['MEDIATYPE', mediaType] as const] : []),
        ],
        uri,
      );
  });
  each('links', ({ uri, kind }, parameters) =>
    put(kind === 'contact' && !isOld ? 'CONTACT-URI' : 'URL', parameters, String(uri)),
  );
  each('cryptoKeys', ({ uri }, parameters) => put('KEY', parameters, String(uri)));
  if (!isOld) {
    each('preferredLanguages', ({ language }, parameters) => text('LANG', language, parameters));
    each('calendars', ({ kind, uri }, parameters) =>
      put(kind === 'freeBusy' ? 'FBURL' : 'CALURI', parameters, String(uri)),
    );
    each('schedulingAddresses', ({ uri }, parameters) => put('CALADRURI', parameters, String(uri)));
    each('directories', ({ kind, uri }, parameters) =>
      put(kind === 'entry' ? 'SOURCE' : 'ORG-DIRECTORY', parameters, String(uri)),
    );
    each('personalInfo', ({ kind, value, level }, parameters) => {
      const levels: Readonly<Record<string, string>> = { low: 'beginner', medium: 'average', high: 'expert' };
      const word = kind === 'expertise' ? (levels[String(level)] ?? level) : level;
      text(
        String(kind)
          .toUpperCase()
          .replace(/[^A-Z0-9-]/g, '-'),
        value,
        level === undefined ? parameters : [...parameters, ['LEVEL', String(word)]],
      );
    });
    for (const [uid, one] of Object.entries((card.relatedTo ?? {}) as Json)) {
      const types = Object.keys(((one as Json).relation ?? {}) as Json);
      put(
        'RELATED',
        types.map((type) => ['TYPE', type] as const),
        escaped(uid),
      );
    }
    const { grammaticalGender, pronouns } = (card.speakToAs ?? {}) as Json;
    text('GRAMGENDER', grammaticalGender);
    for (const one of Object.values((pronouns ?? {}) as Json))
      text('PRONOUNS', (one as Json).pronouns, common(one as Json, false));
  }
  each('anniversaries', ({ kind, date }) => {
    const value = dateValue(date as Json, isOld);
    const name =
      kind === 'birth' ? 'BDAY' : kind === 'wedding' ? 'ANNIVERSARY' : kind === 'death' ? 'DEATHDATE' : undefined;
    if (value === undefined || name === undefined) return;
    put(isOld && name !== 'BDAY' ? `X-${name}` : name, [], value);
  });
  each('notes', ({ note }) => text('NOTE', note));
  const keywords = Object.keys((card.keywords ?? {}) as Json);
  if (keywords.length > 0) put('CATEGORIES', [], keywords.map(escaped).join(','));
  for (const member of Object.keys((card.members ?? {}) as Json)) {
    text(isOld ? 'X-ADDRESSBOOKSERVER-MEMBER' : 'MEMBER', member);
  }
  if (isOld && card.kind === 'group') text('X-ADDRESSBOOKSERVER-KIND', 'group');
  for (const one of (Array.isArray(card.vCardProps) ? card.vCardProps : []) as readonly unknown[]) kept(one, put);
  return `${lines.join('')}END:VCARD\r\n`;
}

type Text = (name: string, value: unknown, parameters?: Parameters) => void;
type Put = (name: string, parameters: Parameters, value: string) => void;

const NAME_KINDS = ['surname', 'given', 'given2', 'title', 'credential'];

/** RFC 6350 section 6.2.1: FN is always there. */
function names(card: Json, text: Text, put: Put): void {
  const { full, components = [] } = (card.name ?? {}) as {
    full?: string;
    components?: readonly { kind: string; value: string }[];
  };
  const spoken = components.map(({ value }) => value).join(' ');
  text('FN', full ?? (spoken || firstOf(card) || 'Unnamed'));
  // Version 3 wants N too; both know a name that is not taken apart by its surname alone.
  const parts = NAME_KINDS.map((kind) =>
    components
      .filter((one) => one.kind === kind || (kind === 'surname' && one.kind === 'surname2'))
      .map(({ value }) => escaped(value))
      .join(','),
  );
  put('N', [], (components.length === 0 ? [escaped(full ?? ''), '', '', '', ''] : parts).join(';'));
}

function firstOf(card: Json): string | undefined {
  const [organization] = Object.values((card.organizations ?? {}) as Readonly<Record<string, { name?: string }>>);
  const [email] = Object.values((card.emails ?? {}) as Readonly<Record<string, { address?: string }>>);
  return organization?.name ?? email?.address;
}

/** RFC 9555 section 3.2. */
function common({ contexts, pref, label }: Json, isOld: boolean): Parameters {
  const types = Object.keys((contexts ?? {}) as Json).map((context) => (context === 'private' ? 'home' : context));
  return [
    ...types.map((type) => ['TYPE', type] as const),
    ...(pref === undefined
      ? []
      : isOld
        ? pref === 1
          ? [['TYPE', 'pref'] as const]
          : []
        : [['PREF', String(pref)] as const]),
    ...(label === undefined || isOld ? [] : [['LABEL', String(label)] as const]),
  ];
}

function ofAddress({ full, countryCode, coordinates, timeZone }: Json): Parameters {
  const given = { LABEL: full, CC: countryCode, GEO: coordinates, TZ: timeZone };
  return Object.entries(given).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []));
}

const STREET = ['number', 'name', 'block', 'direction', 'landmark'];
const ADDRESS = ['postOfficeBox', 'apartment', '', 'locality', 'region', 'postcode', 'country'];

/** The seven components of RFC 6350 section 6.3.1, what is finer joined into the street. */
function addressValue({ components = [], full }: Json, isOld: boolean): string {
  const all = components as readonly { kind: string; value: string }[];
  if (all.length === 0) return `;;${isOld ? escaped(String(full ?? '')) : ''};;;;`;
  const street = all
    .filter(({ kind }) => STREET.includes(kind))
    .map(({ value }) => value)
    .join(' ');
  const extended = all.filter(({ kind }) => ['apartment', 'room', 'floor', 'building'].includes(kind));
  return ADDRESS.map((kind, i) => {
    if (i === 2) return escaped(street);
    const parts = kind === 'apartment' ? extended : all.filter((one) => one.kind === kind);
    return parts.map(({ value }) => escaped(value)).join(',');
  }).join(';');
}

function dateValue(date: Json, isOld: boolean): string | undefined {
  if (typeof date.utc === 'string') return date.utc.replace(/[-:]/g, '').replace(/\.\d+/, '');
  const two = (value: unknown) => String(value).padStart(2, '0');
  const { year, month, day } = date;
  const dash = isOld ? '-' : '';
  if (year !== undefined && month !== undefined && day !== undefined)
    return `${String(year).padStart(4, '0')}${dash}${two(month)}${dash}${two(day)}`;
  if (month !== undefined && day !== undefined)
    return isOld ? `1604-${two(month)}-${two(day)}` : `--${two(month)}${two(day)}`;
  if (year === undefined) return undefined;
  return month === undefined ? String(year).padStart(4, '0') : `${String(year).padStart(4, '0')}-${two(month)}`;
}

/** A property that the reader knew nothing of (RFC 9555 section 3.3), where it is one. */
function kept(one: unknown, put: Put): void {
  if (!Array.isArray(one)) return;
  const [name, parameters, , value] = one as [unknown, unknown, unknown, unknown];
  if (typeof name !== 'string' || !/^[A-Za-z0-9-]{1,100}$/.test(name) || /^(begin|end|version)$/i.test(name)) return;
  if (typeof value !== 'string' || /[\r\n]/.test(value)) return;
  const given = Object.entries((parameters ?? {}) as Json).filter(
    ([key]) => key !== 'group' && /^[A-Za-z0-9-]{1,100}$/.test(key),
  );
  put(
    name.toUpperCase(),
    given.flatMap(([key, all]) => [all].flat().map((each) => [key.toUpperCase(), String(each)] as const)),
    value,
  );
}
