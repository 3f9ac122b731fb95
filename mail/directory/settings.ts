import * as z from 'zod';
import { MAX_MESSAGE } from '../limits.ts';
import { Refused } from '../refused.ts';
import {
  type Announcement,
  BRAND_ACCENT,
  BRAND_ANNOUNCEMENT,
  BRAND_FOOTER,
  BRAND_LOGO,
  BRAND_NAME,
  BRAND_PAGE,
  BRAND_TITLE,
  OTHER_WEBMAILS,
  type OtherWebmail,
} from './brand.ts';

/**
 * Every setting: its type, its default, and the levels at which it can be set. The nearest level wins: account, then
 * domain, then tenant, then server, then the default.
 */

export type Level = 'server' | 'tenant' | 'domain' | 'account';

const ROUTE = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mx') }),
  z.strictObject({ kind: z.literal('ses') }),
  z.strictObject({
    kind: z.literal('smarthost'),
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535),
    tls: z.enum(['implicit', 'required', 'opportunistic', 'none']),
    user: z.string().optional(),
    password: z.string().optional(),
  }),
]);

const ON = z.union([z.boolean(), z.enum(['on', 'off']).transform((word) => word === 'on')]);

/** Bytes: a number, or a number with K, M, G or T (powers of 1024). */
const BYTES = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?\s*([KMGT](i?B)?)?$/i, 'write it as 5G, 500M or a number of bytes')
    .transform((text) => {
      const unit = /[KMGT]/i.exec(text)?.[0]?.toUpperCase() ?? '';
      return Math.round(Number.parseFloat(text) * 1024 ** ' KMGT'.indexOf(unit || ' '));
    }),
]);

const days = (max: number) => z.coerce.number().int().min(2).max(max);
const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Names, as a list or in one line with commas. */
const NAMES = z
  .union([z.array(z.string()), z.string().transform((line) => line.split(/[\s,]+/))])
  .transform((names) => names.map((name) => name.trim().toLowerCase()).filter((name) => name !== ''))
  .refine((names) => names.length <= 1_000 && names.every((name) => name.length <= 64), 'at most 1,000 names');

/** Scheme, host and port of a page, as browsers write it (RFC 6454 section 6.2). */
const ORIGIN = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}, 'write it as https://mail.example.com');

/** Who signs people in instead of us. */
const PROVIDER = z
  .strictObject({
    issuer: z.url({ protocol: /^https?$/ }).max(500),
    clientId: z.string().min(1).max(500),
    clientSecret: z.string().min(1).max(500),
    name: z.string().min(1).max(100).optional(),
    domains: z.array(z.string().max(253).toLowerCase()).min(1).max(100).optional(),
    private: z.boolean().optional(),
  })
  .refine(({ issuer, private: ours }) => ours === true || issuer.startsWith('https:'), 'an issuer is at an https URL');

interface Definition<T> {
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  readonly levels: readonly Level[];
  readonly help: string;
}

function define<T>(schema: z.ZodType<T>, fallback: T, levels: readonly Level[], help: string): Definition<T> {
  return { schema, fallback, levels, help };
}

const WELCOME = z.strictObject({ subject: z.string().min(1).max(200), text: z.string().min(1).max(20_000) });
/** The first message of a new account. */
export type Welcome = z.infer<typeof WELCOME>;

/** Null and "none" stand for nothing at all, where a level above has something too. */
function orNone<T>(schema: z.ZodType<T>): z.ZodType<T | null> {
  return z.union([z.null(), z.literal('none').transform(() => null), schema]);
}

const ALL = ['server', 'tenant', 'domain', 'account'] as const;
const DOMAIN = ['server', 'tenant', 'domain'] as const;
const SERVER = ['server'] as const;
const ACCOUNT = ['account'] as const;

/** The catalogue. */
export const SETTINGS = {
  'accounts.imap': define(ON, true, ALL, 'Whether IMAP is allowed.'),
  'accounts.pop3': define(ON, true, ALL, 'Whether POP3 is allowed.'),
  'accounts.webmail': define(ON, true, ALL, 'Whether the webmail may be used; other programs are not touched.'),
  'accounts.listed': define(
    ON,
    true,
    ALL,
    'Whether others of its tenant find the account, to share something with it.',
  ),
  'accounts.quota': define<number | null>(
    z.union([z.null(), z.literal('none').transform(() => null), BYTES]),
    null,
    ALL,
    'Bytes that an account may keep (5G, 500M), or none.',
  ),
  'accounts.maxMessages': define<number | null>(
    z.union([z.null(), z.literal('none').transform(() => null), count(0, 1_000_000_000)]),
    null,
    ALL,
    'Messages that an account may keep, counted in each mailbox that they are in, or none.',
  ),
  'accounts.admin': define(
    ON,
    false,
    ACCOUNT,
    'Whether it may set, over IMAP, how much the accounts of its tenant may keep.',
  ),
  'accounts.loginNames': define(
    z.enum(['full', 'both']),
    'full',
    SERVER,
    'full: the whole address signs in; both: the part before the @ too, where only one account has it.',
  ),
  'accounts.welcome': define<Welcome | null>(
    z.union([z.null(), z.literal('none').transform(() => null), WELCOME]),
    null,
    DOMAIN,
    'What a new account finds in its inbox, as JSON: {"subject":"Welcome","text":"Dear {name}, ..."}; {address}, {name} and {domain} are filled in. Or none.',
  ),
  'accounts.postmaster': define<string | null>(
    z.union([z.null(), z.literal('none').transform(() => null), z.string().regex(/^.+@.+$/, 'write an address')]),
    null,
    DOMAIN,
    'Where mail for postmaster and abuse goes while nobody has that address.',
  ),
  'sessions.accessMinutes': define(
    count(1, 60),
    15,
    SERVER,
    'Minutes that an access token lasts; its session is looked up at each use besides.',
  ),
  'sessions.days': define(
    count(1, 366),
    60,
    SERVER,
    'Days that somebody stays signed in without coming back; half a day where he did not ask to stay.',
  ),
  'smtp.maxMessageSize': define(
    BYTES.refine((size) => size >= 65_536 && size <= 150 * 1024 ** 2, 'between 64K and 150M'),
    MAX_MESSAGE,
    SERVER,
    'The largest message, in bytes.',
  ),
  'smtp.maxRecipients': define(
    count(100, 10_000),
    1_000,
    SERVER,
    'Recipients of one message (RFC 5321: 100 at least).',
  ),
  'submission.checkFrom': define(
    ON,
    true,
    ALL,
    'Whether the From field of what an account submits may have none but its own addresses.',
  ),
  'brand.name': define<string | null>(
    orNone(BRAND_NAME),
    null,
    DOMAIN,
    'What the webmail is called, instead of Postern.',
  ),
  'brand.logo': define<string | null>(
    orNone(BRAND_LOGO),
    null,
    DOMAIN,
    'A PNG (up to 1,024 pixels a side) or an SVG (without scripts, styles and addresses) of up to 16 KB, as data:image/png;base64,... or data:image/svg+xml;base64,...',
  ),
  'brand.accent': define<string | null>(
    orNone(BRAND_ACCENT),
    null,
    DOMAIN,
    'Colour of buttons, as #2f5bd0; their text is white or black, whichever can be read on it.',
  ),
  'brand.title': define<string | null>(orNone(BRAND_TITLE), null, DOMAIN, 'Heading of the page where people sign in.'),
  'brand.page': define<string | null>(
    orNone(BRAND_PAGE),
    null,
    DOMAIN,
    'HTML below the form where people sign in: headings, paragraphs, lists, emphasis, links; everything else is left out.',
  ),
  'brand.footer': define<string | null>(orNone(BRAND_FOOTER), null, DOMAIN, 'The last line of the pages.'),
  'brand.announcement': define<Announcement | null>(
    orNone(BRAND_ANNOUNCEMENT),
    null,
    DOMAIN,
    'A line above the messages of the webmail, or as JSON: {"text":"...","link":{"url":"https://...","label":"More"},"until":"2027-01-31T18:00:00Z"}. Or none.',
  ),
  'connections.total': define(count(10, 1_000_000), 20_000, SERVER, 'Connections at once to one program.'),
  'connections.perAddress': define(count(1, 1_000_000), 50, SERVER, 'Connections at once from one client address.'),
  'outbound.routes': define<readonly z.infer<typeof ROUTE>[] | null>(
    z.union([z.null(), z.array(ROUTE).min(1).max(5)]),
    null,
    DOMAIN,
    'How mail leaves, first to last, as JSON: [{"kind":"mx"}], [{"kind":"ses"}] or a smarthost.',
  ),
  'signin.listed': define(ON, false, DOMAIN, 'Whether the page where people sign in offers the domain to all.'),
  'oidc.provider': define<z.infer<typeof PROVIDER> | null>(
    z.union([z.null(), z.literal('none').transform(() => null), PROVIDER]),
    null,
    DOMAIN,
    'Who else signs people in (OpenID Connect), as JSON: issuer, clientId, clientSecret; name, domains; private: also on a network of ours.',
  ),
  'oidc.createAccounts': define(ON, false, DOMAIN, 'Whether who signs in that way, and has no account, is given one.'),
  'web.origin': define<string | null>(
    z.union([z.null(), z.literal('none').transform(() => null), ORIGIN]),
    null,
    SERVER,
    'Where browsers find us (https://mail.example.com): links in mails lead there, and passkeys belong to that host.',
  ),
  'web.others': define<readonly OtherWebmail[] | null>(
    orNone(OTHER_WEBMAILS),
    null,
    DOMAIN,
    'Other webmails that the sign-in page leads to, as JSON: [{"name":"Roundcube","url":"https://..."}], or none.',
  ),
  'web.support': define<string | null>(
    orNone(
      z
        .string()
        .max(320)
        .regex(/^[^@\s]+@[^@\s]+$/),
    ),
    null,
    DOMAIN,
    'Whom the help pages ask, or none: postmaster of the domain.',
  ),
  'signup.enabled': define(ON, false, DOMAIN, 'Whether people may make accounts for themselves.'),
  'signup.reserved': define<readonly string[]>(
    NAMES,
    [],
    DOMAIN,
    'Names that nobody may give himself, with commas, besides postmaster, admin, info and such.',
  ),
  'signup.perAddress': define(
    count(1, 1_000_000),
    5,
    DOMAIN,
    'Accounts that may be made from one client address (of IPv6: one /64) in a day.',
  ),
  'signup.perDay': define(count(1, 1_000_000), 100, DOMAIN, 'Accounts that people may make for themselves in a day.'),
  'audit.days': define(days(3_650), 400, SERVER, 'Days that the audit log is kept: who changed what.'),
  'retention.days': define(days(3_650), 90, SERVER, 'Days that the history of accounts is kept.'),
} as const;

export type SettingKey = keyof typeof SETTINGS;

/**
 * What administrators of tenants and domains may set for what is theirs. Not: where mail goes out (a route may lead to a host that
 * trusts this one), whose From is let through, and whatever else reaches beyond them.
 */
export const DELEGATED: ReadonlySet<string> = new Set<SettingKey>([
  'accounts.imap',
  'accounts.pop3',
  'accounts.quota',
  'accounts.maxMessages',
  'accounts.admin',
  'accounts.listed',
  'accounts.postmaster',
  'accounts.webmail',
  'accounts.welcome',
  'brand.name',
  'brand.logo',
  'brand.accent',
  'brand.title',
  'brand.page',
  'brand.footer',
  'brand.announcement',
  'signin.listed',
  'signup.enabled',
  'signup.reserved',
  'signup.perAddress',
  'signup.perDay',
  'web.others',
  'web.support',
]);
export type SettingValue<K extends SettingKey> = (typeof SETTINGS)[K]['fallback'] extends infer F
  ? z.output<(typeof SETTINGS)[K]['schema']> | F
  : never;

/** What is set at one level: values as they were accepted. */
export type SettingMap = Readonly<Record<string, unknown>>;

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** The definition, or a refusal that names the keys there are. */
export function requireSetting(key: string, level: Level): Definition<unknown> {
  if (!isSettingKey(key)) {
    throw new Refused(
      'nonexistent',
      `There is no setting "${key.slice(0, 60)}". "postern settings list" shows them all.`,
    );
  }
  const definition: Definition<unknown> = SETTINGS[key];
  if (!definition.levels.includes(level)) {
    throw new Refused('invalid', `${key} cannot be set for one ${level}; it can for: ${definition.levels.join(', ')}.`);
  }
  return definition;
}

/** Checks a value for a setting and gives it in the form that is kept. */
export function acceptValue(key: string, level: Level, value: unknown): unknown {
  const parsed = requireSetting(key, level).schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  throw new Refused('invalid', `"${text.slice(0, 80)}" does not fit ${key}: ${SETTINGS[key as SettingKey].help}`);
}

/** The value in force: the first of `maps` (nearest level first) that has one, else the default. */
export function effective<K extends SettingKey>(key: K, maps: readonly (SettingMap | undefined)[]): SettingValue<K> {
  const definition = SETTINGS[key];
  for (const map of maps) {
    if (map === undefined || !Object.hasOwn(map, key)) continue;
    // What an older release kept and this one no longer accepts does not stop the mail: the next level counts.
    const parsed = definition.schema.safeParse(map[key]);
    if (parsed.success) return parsed.data as SettingValue<K>;
  }
  return definition.fallback as SettingValue<K>;
}
