import type { OpenAccounts } from './account/accounts.ts';
import { blobNames } from './account/blob-names.ts';
import { listReleased } from './blobs/release.ts';
import { cards } from './contacts/books.ts';
import { contactsLog } from './contacts/log.ts';
import { filesOf } from './contacts/media.ts';
import type { DirectoryService } from './directory/directory.ts';
import { listParked } from './inbound/parked.ts';
import { blobsOfLetters } from './outbound/outbox.ts';
import { decodeEntry, SHARDS } from './outbound/queue-entry.ts';
import { type Blobs, queryAll, type Records } from './ports/index.ts';

export interface NamedBlobsDeps {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly directory: Pick<DirectoryService, 'domains' | 'accounts'>;
  readonly accounts: Pick<OpenAccounts, 'openWhole'>;
  /** Bodies of all jobs that are queued for `deliver`. */
  readonly jobs: () => AsyncIterable<string>;
}

/**
 * Every message blob that anything names. Whoever keeps names of messages in a new place adds it here. The order is the way that a
 * name takes: from a job into accounts, from letters into queue entries or among the parked jobs, from those into the releases. So one
 * that moves on while this runs is met at the latest where it has come to.
 */
export async function* namedBlobs(deps: NamedBlobsDeps): AsyncGenerator<string> {
  for await (const body of deps.jobs()) yield* nameIn(body);
  for await (const { domain } of deps.directory.domains.list()) {
    for await (const { id } of deps.directory.accounts.list(domain)) {
      yield* blobNames(deps.blobs, await deps.accounts.openWhole(id));
      const contacts = await deps.accounts.openWhole(contactsLog(id));
      for (const card of cards(await contacts.refresh()).values()) {
        for (const { blob } of filesOf(card).values()) yield blob;
      }
    }
  }
  yield* blobsOfLetters(deps.records);
  for (let shard = 0; shard < SHARDS; shard++) {
    for await (const { body } of queryAll(deps.records, { pk: `q/${shard}` })) yield decodeEntry(body).blob;
  }
  for await (const { body, blob } of listParked(deps.records)) {
    yield* nameIn(body ?? Buffer.from(await deps.blobs.get(blob!)).toString());
  }
  for await (const { blob } of listReleased(deps.records)) yield blob;
}

/** Whatever in a job could be the name of a blob: it may have a form that this version does not know. */
function* nameIn(body: string): Generator<string> {
  for (const [, name] of body.matchAll(/"([A-Za-z0-9/_.-]{1,120})"/g)) yield name!;
}
