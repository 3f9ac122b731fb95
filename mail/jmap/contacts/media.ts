import type { Account } from '../../account/types.ts';
import { releaseBlob } from '../../blobs/release.ts';
import { type Card, cards } from '../../contacts/books.ts';
import { CARD } from '../../contacts/log.ts';
import { filesOf, type MediaFile } from '../../contacts/media.ts';
import { randomName } from '../../ports/index.ts';
import { blobOf } from '../blob/blob.ts';
import { mediaType } from '../blob/upload.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';
import type { Asked } from '../standard/set.ts';
import { MAX_MEDIA } from './limits.ts';

type Json = Readonly<Record<string, unknown>>;

/** A file that a card is to have, under the id of its blob. */
export interface Kept extends MediaFile {
  readonly blobId: string;
}

/** Files that are ready to be named, by what the client gave: a blob id, or a `data:` URI. */
export type Ready = Map<string, Kept | Error>;

const ready = new WeakMap<Call, Ready>();

export function readyMedia(call: Call): Ready {
  return ready.get(call) ?? new Map();
}

/** Stores what a /set gives as media of cards, before anything names it. What a failure leaves is swept. */
export async function prepareMedia(call: Call, account: Account, given: Asked): Promise<void> {
  const files: Ready = new Map();
  ready.set(call, files);
  dropped.set(call, new Set());
  const sources = Object.values(given.create ?? {}).flatMap(sourcesIn);
  for (const [id, patch] of Object.entries(given.update ?? {})) {
    // What the card has already stays as it is.
    const card = account.state.object(CARD, call.idOf(id) ?? id) as Card | undefined;
    const kept = card === undefined ? new Map() : filesOf(card);
    sources.push(...sourcesIn(patch).filter((source) => !kept.has(source)));
  }
  for (const source of new Set(sources)) {
    try {
      files.set(source, await keep(call, account, source));
    } catch (error) {
      if (!(error instanceof SetFailure)) throw error;
      files.set(source, error);
    }
  }
}

/** What an object or a patch says of media. */
function sourcesIn(object: Json): string[] {
  const found: unknown[] = [];
  for (const [path, value] of Object.entries(object)) {
    const [property, , inner, ...rest] = path.split('/');
    if (property !== 'media' || rest.length > 0) continue;
    if (inner === 'blobId' || inner === 'uri') found.push(value);
    else if (inner !== undefined) continue;
    else if (path === 'media') for (const one of Object.values((value ?? {}) as Json)) found.push(...members(one));
    else found.push(...members(value));
  }
  return found.filter((one): one is string => typeof one === 'string' && !/^[a-z]+:/.test(one.replace(/^data:/, '')));
}

function members(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const { blobId, uri } = value as Json;
  return [blobId, uri];
}

async function keep(call: Call, account: Account, source: string): Promise<Kept> {
  const { blobs, random } = call.deps;
  const blobId = `c${randomName(random, 20)}`;
  if (source.startsWith('data:')) {
    const { bytes, type } = dataUri(source);
    checkSize(bytes.length);
    const { name, size } = await blobs.put('raw', bytes, { owners: 1 });
    return { blobId, blob: name, size, type };
  }
  const id = call.idOf(source) ?? source;
  const found = await blobIn(call, account.id, id);
  if (found === undefined) throw new SetFailure('blobNotFound', `There is no blob ${source}`, { notFound: [source] });
  checkSize(found.size);
  const { name, size } = await blobs.put('raw', found.stream(), { owners: 1 });
  return { blobId, blob: name, size, ...(found.type === undefined ? {} : { type: found.type }) };
}

/** Files that cards have lost in a /set. */
const dropped = new WeakMap<Call, Set<string>>();

/** To be called when a card is changed, or goes. */
export function dropFiles(call: Call, before: Card, after: Card | undefined): void {
  const kept = new Set(after === undefined ? [] : [...filesOf(after).values()].map(({ blob }) => blob));
  for (const { blob } of filesOf(before).values()) if (!kept.has(blob)) dropped.get(call)?.add(blob);
}

/** Gives up the files that no card has any more: each has one owner, and goes when the history that knows it does (design: rule 3). */
export async function releaseFiles(call: Call, account: Account): Promise<void> {
  const lost = dropped.get(call) ?? new Set();
  dropped.delete(call);
  if (lost.size === 0) return;
  const named = new Set<string>();
  for (const card of cards(account.state).values()) for (const { blob } of filesOf(card).values()) named.add(blob);
  for (const blob of lost) {
    if (!named.has(blob)) await releaseBlob(call.deps.records, blob, account.id, call.deps.clock.now());
  }
}

/** To be called before a /set that may drop cards. */
export async function readyToDrop(call: Call): Promise<void> {
  dropped.set(call, new Set());
}

/** An upload, or something out of the account's mail. */
async function blobIn(call: Call, accountId: string, id: string) {
  const account = (await call.part(accountId, 'mail')) ?? (await call.part(accountId, 'contacts'));
  return account && blobOf(call, account, id);
}

/** RFC 2397. */
function dataUri(uri: string): { readonly bytes: Uint8Array; readonly type: string } {
  const [, head = '', isBase64, body = ''] = /^data:([^,]*?)(;base64)?,([\s\S]*)$/i.exec(uri) ?? [];
  const type = mediaType(head);
  if (body === '' || (isBase64 !== undefined && !/^[A-Za-z0-9+/_-]*={0,2}$/.test(body))) {
    throw invalidProperties(['media'], 'media: the data URI holds nothing that can be read');
  }
  try {
    const bytes = isBase64 === undefined ? Buffer.from(decodeURIComponent(body)) : Buffer.from(body, 'base64');
    return { bytes, type: type ?? 'application/octet-stream' };
  } catch {
    throw invalidProperties(['media'], 'media: the data URI is not percent-encoded as it must be');
  }
}

function checkSize(size: number): void {
  if (size > MAX_MEDIA) throw new SetFailure('tooLarge', `Media of a card have at most ${MAX_MEDIA} bytes`);
}

/** A card's media with the files that are kept for them. `before`: the card as it was. Throws `SetFailure`. */
export function withFiles(call: Call, media: unknown, before: Card | undefined): unknown {
  if (media === undefined) return undefined;
  const kept = before === undefined ? new Map<string, MediaFile>() : filesOf(before);
  return Object.fromEntries(
    Object.entries(media as Readonly<Record<string, Json>>).map(([key, one]) => {
      const { file: _, ...entry } = one;
      const source = (entry.blobId ?? entry.uri) as string | undefined;
      if (source === undefined || (entry.blobId === undefined && !source.startsWith('data:'))) return [key, entry];
      const known = kept.get(source);
      if (known !== undefined) return [key, { ...entry, blobId: source, file: known }];
      const made = readyMedia(call).get(source);
      if (made instanceof Error) throw made;
      if (made === undefined) throw invalidProperties(['media'], `media/${key}: there is no blob ${source}`);
      const { blobId, ...file } = made;
      const { uri: __, ...rest } = entry;
      // RFC 9610 section 3: the blob stands for what was a data URI.
      const mediaTypes = rest.mediaType === undefined && file.type !== undefined ? { mediaType: file.type } : {};
      return [key, { ...rest, ...mediaTypes, blobId, file }];
    }),
  );
}

/** As clients see them. */
export function withoutFiles(media: unknown): unknown {
  return Object.fromEntries(
    Object.entries(media as Readonly<Record<string, Json>>).map(([key, { file: _, ...entry }]) => [key, entry]),
  );
}
