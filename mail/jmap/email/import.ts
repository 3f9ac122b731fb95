import * as z from 'zod';
import { parseDate } from '../../message/dates.ts';
import { headerValues } from '../../message/headers.ts';
import { type Blob, blobOf } from '../blob/blob.ts';
import { MAIL } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { type Call, type Method, method } from '../method.ts';
import { applySet, type Settable } from '../standard/set.ts';
import { flagOf } from './facts.ts';
import { isMessage } from './parse.ts';
import { keywordSet, mailboxesOf } from './placing.ts';
import { checkRoom, file, type Stored, storeMessage } from './raw.ts';
import { receivedAt } from './received.ts';

const PROPERTIES: ReadonlySet<string> = new Set(['blobId', 'mailboxIds', 'keywords', 'receivedAt']);

/** What an import is to the account: a creation whose message is there already. */
const importable: Settable = {
  name: 'Email',
  capability: MAIL,

  async prepare(call, account, properties): Promise<Stored & { readonly date: number }> {
    const unknown = Object.keys(properties).filter((name) => !PROPERTIES.has(name));
    if (unknown.length > 0) throw invalidProperties(unknown, `An import has no ${unknown.join(', ')}`);
    mailboxesOf(account.state, properties.mailboxIds, (given) => call.idOf(given));
    keywordSet(properties.keywords);
    const given = receivedAt(properties.receivedAt, Number.NaN);
    const { blobId } = properties;
    const blob = typeof blobId === 'string' ? await blobOf(call, account, call.idOf(blobId) ?? blobId) : undefined;
    if (blob === undefined) throw invalidProperties(['blobId'], `There is no blob ${blobId}`);
    if (!isMessage(await beginning(blob)))
      throw new SetFailure('invalidEmail', `${blobId} does not begin like a message`);
    await checkRoom(call, account, blob.size);
    // A blob has the owners that it was written with (design: rule 3), so the message is written anew.
    const stored = await storeMessage(call, blob.stream());
    return { ...stored, date: Number.isNaN(given) ? await received(call, stored) : given };
  },

  create(draft, properties, { call, idOf }, prepared) {
    const stored = prepared as Stored & { readonly date: number };
    return file(call, draft, stored, {
      mailboxes: mailboxesOf(draft, properties.mailboxIds, idOf),
      flags: [...keywordSet(properties.keywords)].map(flagOf),
      date: stored.date,
    });
  },

  update: nothingElse,
  destroy: nothingElse,
};

function nothingElse(): never {
  throw new Error('an import only creates');
}

async function beginning(blob: Blob): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.stream({ start: 0, end: Math.min(blob.size, 1001) })) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Header bytes that are looked into. */
const HEADER = 256 * 1024;

/** When it was received last, as the topmost Received field says, else now (RFC 8621 section 4.8). */
async function received(call: Call, { blob, summary }: Stored): Promise<number> {
  const header = await call.deps.blobs.get(blob, { start: 0, end: Math.min(summary.headerEnd, HEADER) });
  const [last] = headerValues(header, 'received');
  const now = call.deps.clock.now();
  const { ms } = parseDate(last?.slice(last.lastIndexOf(';') + 1) ?? '') ?? { ms: now };
  return ms >= 0 ? Math.min(ms, now) : now;
}

const ARGS = z.strictObject({
  accountId: z.string(),
  ifInState: z.string().nullish(),
  emails: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** Email/import (RFC 8621 section 4.8). */
export const emailImport: Method = method({
  capability: MAIL,
  args: ARGS,
  async run(call, { accountId, ifInState, emails }) {
    const { answer } = await applySet(importable, call, { accountId, ifInState, create: emails });
    const { oldState, newState, created, notCreated } = answer;
    return { accountId, oldState, newState, created, notCreated };
  },
});
