import * as z from 'zod';
import type { Blob } from '../blob/blob.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { type Fields, fieldsOf } from './create-properties.ts';
import { isHeaderProperty } from './header-property.ts';

/** A body part that is to be written. */
export interface NewPart {
  readonly type: string;
  readonly charset: string | undefined;
  readonly name: string | undefined;
  readonly disposition: string | undefined;
  readonly cid: string | undefined;
  readonly language: readonly string[] | undefined;
  readonly location: string | undefined;
  /** Others that the client named. */
  readonly fields: Fields;
  /** Of a multipart. */
  readonly parts: readonly NewPart[] | undefined;
  readonly content: string | Blob | undefined;
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]+";
const LINE = z.string().regex(/^[^\u0000-\u001f\u007f]*$/, 'a text of one line');
const PART = z.strictObject({
  partId: z.string().nullish(),
  blobId: z.string().nullish(),
  size: z.int().nonnegative().nullish(),
  name: LINE.nullish(),
  type: z
    .string()
    .regex(new RegExp(`^${TOKEN}/${TOKEN}$`), 'not a media type')
    .nullish(),
  charset: z
    .string()
    .regex(new RegExp(`^${TOKEN}$`), 'not a charset')
    .nullish(),
  disposition: z
    .string()
    .regex(new RegExp(`^${TOKEN}$`), 'not a disposition')
    .nullish(),
  cid: LINE.regex(/^[^<>\s]+$/, 'not a content id').nullish(),
  language: z.array(z.string().regex(/^[A-Za-z0-9-]+$/, 'not a language')).nullish(),
  location: LINE.nullish(),
  subParts: z.array(z.unknown()).nullish(),
});
const VALUE = z.strictObject({
  value: z.string(),
  isEncodingProblem: z.literal(false).optional(),
  isTruncated: z.literal(false).optional(),
});
const VALUES = z.record(z.string(), VALUE).nullish();

/** Levels of parts, and parts of a message. */
const MAX_DEPTH = 20;
const MAX_PARTS = 1000;

type Properties = Readonly<Record<string, unknown>>;

/** Finds a blob of the user's. */
export type FindBlob = (blobId: string) => Promise<Blob | undefined>;

/** The body of an email that is to be created: `bodyStructure`, or what `textBody`, `htmlBody` and `attachments` come to (RFC 8621 section 4.6). */
export async function bodyOf(properties: Properties, find: FindBlob): Promise<NewPart> {
  const { bodyStructure, textBody, htmlBody, attachments } = properties;
  const reader = new BodyReader(properties.bodyValues, find);
  let root: NewPart;
  if (bodyStructure !== undefined && bodyStructure !== null) {
    const more = Object.entries({ textBody, htmlBody, attachments }).filter(([, value]) => value !== undefined);
    if (more.length > 0) {
      const names = more.map(([name]) => name);
      throw invalidProperties(names, `With bodyStructure there is no ${names.join(', ')}`);
    }
    root = await reader.part(bodyStructure, 'bodyStructure', 1);
  } else {
    const text = await only(reader, textBody, 'textBody', 'text/plain');
    const html = await only(reader, htmlBody, 'htmlBody', 'text/html');
    const attached = await reader.list(attachments ?? [], 'attachments', 1);
    root = arranged(text, html, attached);
  }
  reader.check();
  // Values that no part uses are values all the same.
  if (!VALUES.safeParse(properties.bodyValues).success) {
    throw invalidProperties(['bodyValues'], 'bodyValues: an object of values by partId');
  }
  return root;
}

async function only(reader: BodyReader, value: unknown, name: string, type: string): Promise<NewPart | undefined> {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length !== 1) throw invalidProperties([name], `${name} has exactly one part`);
  const [part] = await reader.list(value, name, 1, type);
  if (part!.type.toLowerCase() !== type) throw invalidProperties([`${name}/0/type`], `${name} is of the type ${type}`);
  return part;
}

/** Pictures that the HTML shows go with it; all else stands behind the text. */
function arranged(text: NewPart | undefined, html: NewPart | undefined, attached: readonly NewPart[]): NewPart {
  const isShown = (part: NewPart) => html !== undefined && part.cid !== undefined && part.disposition === 'inline';
  const shown = attached.filter(isShown);
  const others = attached
    .filter((part) => !isShown(part))
    .map((part) => ({ ...part, disposition: part.disposition ?? 'attachment' }));
  const rich = html !== undefined && shown.length > 0 ? multipart('related', [html, ...shown]) : html;
  const texts = [text, rich].filter((part) => part !== undefined);
  const body = texts.length === 2 ? multipart('alternative', texts) : texts[0];
  if (others.length > 0) return multipart('mixed', body === undefined ? others : [body, ...others]);
  return body ?? { ...multipart('', []), type: 'text/plain', parts: undefined, content: '' };
}

function multipart(subtype: string, parts: readonly NewPart[]): NewPart {
  const none = { charset: undefined, name: undefined, disposition: undefined, cid: undefined, location: undefined };
  return { ...none, type: `multipart/${subtype}`, language: undefined, fields: new Map(), parts, content: undefined };
}

class BodyReader {
  readonly #values: unknown;
  readonly #find: FindBlob;
  readonly #missing = new Set<string>();
  #parts = 0;

  constructor(values: unknown, find: FindBlob) {
    this.#values = values;
    this.#find = find;
  }

  /** Throws `blobNotFound` with all that are not there. */
  check(): void {
    if (this.#missing.size === 0) return;
    const notFound = [...this.#missing];
    throw new SetFailure('blobNotFound', `There is no blob ${notFound.join(', ')}`, { notFound });
  }

  async list(value: unknown, path: string, depth: number, type?: string): Promise<NewPart[]> {
    if (!Array.isArray(value)) throw invalidProperties([path], `${path} is a list of body parts`);
    const parts: NewPart[] = [];
    for (const [i, one] of value.entries()) parts.push(await this.part(one, `${path}/${i}`, depth, type));
    return parts;
  }

  async part(value: unknown, path: string, depth: number, usual?: string): Promise<NewPart> {
    if (depth > MAX_DEPTH || ++this.#parts > MAX_PARTS) {
      throw invalidProperties([path], `A message has at most ${MAX_DEPTH} levels and ${MAX_PARTS} parts`);
    }
    if (typeof value !== 'object' || value === null) throw invalidProperties([path], `${path} is a body part`);
    const entries = Object.entries(value);
    const parsed = PART.safeParse(Object.fromEntries(entries.filter(([name]) => !isHeaderProperty(name))));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const names = issue!.code === 'unrecognized_keys' ? issue!.keys : [String(issue!.path[0] ?? '')];
      throw invalidProperties(
        names.map((name) => `${path}/${name}`),
        `${path}: ${issue!.message}`,
      );
    }
    const given = parsed.data;
    const fields = fieldsOf(value as Properties, `${path}/`);
    for (const [name, field] of Object.entries(FIELDS)) {
      if (given[name as keyof typeof FIELDS] !== undefined && fields.has(field)) {
        throw invalidProperties([`${path}/${name}`], `${path}: ${name} and the header field ${field} say the same`);
      }
    }
    const { subParts } = given;
    const isMultipart = subParts !== undefined && subParts !== null;
    const content = isMultipart ? undefined : await this.#content(given, path);
    const type = given.type ?? usual ?? (isMultipart ? 'multipart/mixed' : typeOf(content));
    if (isMultipart !== /^multipart\//i.test(type)) {
      throw invalidProperties([`${path}/subParts`], `${path}: a multipart, and nothing else, has subParts`);
    }
    if (isMultipart && (given.partId ?? given.blobId ?? undefined) !== undefined) {
      throw invalidProperties([path], `${path}: a multipart has no content of its own`);
    }
    if (typeof content === 'string' && !/^text\//i.test(type)) {
      throw invalidProperties([`${path}/type`], `${path}: what stands in bodyValues is text`);
    }
    return {
      type,
      charset: given.charset ?? undefined,
      name: given.name ?? undefined,
      disposition: given.disposition?.toLowerCase() ?? (given.name ? 'attachment' : undefined),
      cid: given.cid ?? undefined,
      language: given.language ?? undefined,
      location: given.location ?? undefined,
      fields,
      parts: isMultipart ? await this.list(subParts, `${path}/subParts`, depth + 1) : undefined,
      content,
    };
  }

  /** A text of `bodyValues`, or a blob; one that is not there is noted, so that all can be told of. */
  async #content({ partId, blobId, charset, size }: z.infer<typeof PART>, path: string): Promise<string | Blob> {
    const byPart = partId !== undefined && partId !== null;
    const byBlob = blobId !== undefined && blobId !== null;
    if (byPart === byBlob) throw invalidProperties([path], `${path} has either a partId or a blobId`);
    if (byBlob) {
      const blob = await this.#find(blobId);
      if (blob === undefined) this.#missing.add(blobId);
      return blob ?? '';
    }
    if ((charset ?? undefined) !== undefined) throw invalidProperties([`${path}/charset`], 'A partId has no charset');
    if ((size ?? undefined) !== undefined) throw invalidProperties([`${path}/size`], 'A partId has no size');
    const values = this.#values;
    const isThere = typeof values === 'object' && values !== null && Object.hasOwn(values, partId!);
    const body = VALUE.safeParse(isThere ? (values as Properties)[partId!] : undefined);
    if (!body.success) {
      const what = isThere ? `bodyValues/${partId} is not a value, or not a whole one` : `bodyValues has no ${partId}`;
      throw invalidProperties([isThere ? `bodyValues/${partId}` : `${path}/partId`], what);
    }
    return body.data.value;
  }
}

/** The header fields that properties of a part stand for. */
const FIELDS = {
  name: 'content-disposition',
  disposition: 'content-disposition',
  cid: 'content-id',
  language: 'content-language',
  location: 'content-location',
} as const;

function typeOf(content: string | Blob | undefined): string {
  if (typeof content === 'string') return 'text/plain';
  const [type] = content?.type?.split(';').map((text) => text.trim()) ?? [];
  return type !== undefined && new RegExp(`^${TOKEN}/${TOKEN}$`).test(type) && !/^multipart\//i.test(type)
    ? type
    : 'application/octet-stream';
}
