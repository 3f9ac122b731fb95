import type { Summary } from '../../message/summary.ts';
import { partBlobId } from '../blob/blob.ts';
import { isPlain } from '../blob/part-size.ts';
import { type Bodies, bodiesOf } from './bodies.ts';
import { headerValue, instances, type RawField, rawFields } from './header-forms.ts';
import type { HeaderProperty } from './header-property.ts';
import { listed } from './listed.ts';
import { spend, type Wanted } from './properties.ts';
import type { Source } from './source.ts';
import { type BodyPart, bodyStructure, isTextPart, leaves } from './structure.ts';
import { type BodyValue, bodyValue, MAX_VALUE } from './values.ts';

type Properties = Record<string, unknown>;

/** A message, kept or uploaded. */
export interface Message {
  readonly blobId: string;
  readonly summary: Summary;
  readonly source: Source;
}

const LISTS = ['textBody', 'htmlBody', 'attachments'] as const;

/** Whether anything that is wanted may lie behind the message's header. */
export function wantsBody({ properties, partProperties, partHeaders, args }: Wanted): boolean {
  const { fetchTextBodyValues, fetchHTMLBodyValues, fetchAllBodyValues } = args;
  const values = fetchTextBodyValues === true || fetchHTMLBodyValues === true || fetchAllBodyValues === true;
  if (properties.has('bodyValues') && values) return true;
  const parts = properties.has('bodyStructure') || LISTS.some((name) => properties.has(name));
  return parts && (partProperties.has('size') || partProperties.has('headers') || partHeaders.length > 0);
}

/** What a message says of itself: all properties of an Email but those of the account's index. */
export async function messageObject(message: Message, wanted: Wanted): Promise<Properties> {
  const { summary } = message;
  spend(wanted, summary.envelope.length + summary.bodystructure.length);
  const object: Properties = listed(summary);
  await addHeaders(object, message, wanted);
  const { properties } = wanted;
  if (['bodyStructure', 'bodyValues', ...LISTS].some((name) => properties.has(name))) {
    const root = bodyStructure(summary);
    const bodies = bodiesOf(root);
    await addParts(object, message, wanted, root, bodies);
    if (properties.has('bodyValues')) object.bodyValues = await valuesOf(message, wanted, root, bodies);
  }
  return object;
}

async function addHeaders(object: Properties, message: Message, wanted: Wanted): Promise<void> {
  const { properties, headers } = wanted;
  if (!properties.has('headers') && headers.length === 0) return;
  const fields = rawFields(await message.source.read(0, message.summary.headerEnd));
  give(object, fields, properties, headers, wanted);
}

/** `headers`, and the fields that are asked for by name. */
function give(
  object: Properties,
  fields: readonly RawField[],
  properties: ReadonlySet<string>,
  headers: readonly HeaderProperty[],
  wanted: Wanted,
): void {
  if (properties.has('headers')) {
    for (const { name, raw } of fields) spend(wanted, name.length + raw.length);
    object.headers = fields.map(({ name, raw }) => ({ name, value: raw }));
  }
  for (const header of headers) {
    const found = instances(fields, header);
    for (const { raw } of found) spend(wanted, raw.length);
    object[header.property] = headerValue(found, header);
  }
}

async function addParts(object: Properties, message: Message, wanted: Wanted, root: BodyPart, bodies: Bodies) {
  const { properties } = wanted;
  const lists = LISTS.filter((name) => properties.has(name));
  const shown = new Set(lists.flatMap((name) => bodies[name]));
  if (properties.has('bodyStructure')) for (const part of leaves(root)) shown.add(part);
  if (shown.size === 0 && !properties.has('bodyStructure')) {
    for (const name of lists) object[name] = [];
    return;
  }
  const known: Known = { sizes: await sizesOf(message, wanted, shown), objects: new Map() };
  // One after another, as they lie in the message.
  if (properties.has('bodyStructure')) object.bodyStructure = await tree(message, wanted, root, known);
  for (const part of [...shown].sort((a, b) => a.row - b.row)) await partObject(message, wanted, part, known);
  for (const name of lists) object[name] = bodies[name].map((part) => known.objects.get(part.row));
}

/** What was found out of parts already, by row. */
interface Known {
  readonly sizes: ReadonlyMap<number, number>;
  readonly objects: Map<number, Properties>;
}

async function sizesOf(
  { source }: Message,
  { partProperties }: Wanted,
  shown: ReadonlySet<BodyPart>,
): Promise<ReadonlyMap<number, number>> {
  if (!partProperties.has('size')) return new Map();
  const parts = [...shown]
    .sort((a, b) => a.row - b.row)
    .map(({ row, place: [, , start, end, encoding] }) => ({ row, range: { start, end, encoding } }));
  const encoded = parts.filter(({ range }) => !isPlain(range));
  if (encoded.length === 0) return new Map();
  const sizes = await source.sizes(encoded.map(({ range }) => range));
  return new Map(encoded.map(({ row }, i) => [row, sizes[i]!]));
}

/** Where the message has them, its multiparts included, whatever the properties (RFC 8621 section 4.1.4: the full structure). */
async function tree(message: Message, wanted: Wanted, part: BodyPart, known: Known): Promise<Properties> {
  const object = await partObject(message, wanted, part, known);
  if (part.subParts === null) return object;
  const subParts: Properties[] = [];
  for (const inner of part.subParts) subParts.push(await tree(message, wanted, inner, known));
  return { ...object, subParts };
}

async function partObject(message: Message, wanted: Wanted, part: BodyPart, known: Known): Promise<Properties> {
  const before = known.objects.get(part.row);
  if (before !== undefined) return before;
  const { partProperties, partHeaders } = wanted;
  const { row, place, subParts, ...described } = part;
  const isMultipart = subParts !== null;
  const all: Properties = {
    ...described,
    partId: isMultipart ? null : partId(part),
    blobId: isMultipart ? null : partBlobId(message.blobId, row),
    size: known.sizes.get(row) ?? place[3] - place[2],
    subParts: null,
  };
  if (partProperties.has('headers') || partHeaders.length > 0) {
    const fields = rawFields(await message.source.read(place[1], place[2]));
    give(all, fields, partProperties, partHeaders, wanted);
  }
  const object = Object.fromEntries([...partProperties].map((name) => [name, all[name]]));
  known.objects.set(row, object);
  return object;
}

function partId({ row }: BodyPart): string {
  return String(row + 1);
}

async function valuesOf(message: Message, wanted: Wanted, root: BodyPart, bodies: Bodies) {
  const { fetchTextBodyValues, fetchHTMLBodyValues, fetchAllBodyValues, maxBodyValueBytes } = wanted.args;
  const parts = [
    ...(fetchTextBodyValues === true ? bodies.textBody : []),
    ...(fetchHTMLBodyValues === true ? bodies.htmlBody : []),
    ...(fetchAllBodyValues === true ? leaves(root) : []),
  ];
  const values: Record<string, BodyValue> = {};
  for (const part of [...new Set(parts)].filter(isTextPart).sort((a, b) => a.row - b.row)) {
    // What it can come to is taken from the room before it is read: others are read meanwhile. A byte has at most three in UTF-8.
    const most = Math.min(maxBodyValueBytes || MAX_VALUE, 3 * (part.place[3] - part.place[2]));
    const limit = Math.min(most, wanted.room);
    wanted.room -= limit;
    const value = await bodyValue(message.source, part, limit);
    wanted.room += limit - Buffer.byteLength(value.value);
    values[partId(part)] = value;
  }
  return values;
}
