import { type Account, emailNumber } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { invalidProperties } from '../errors.ts';
import { type Method, method } from '../method.ts';
import { COPY_ARGS, runCopy } from '../standard/copy.ts';
import { notFound, type Settable } from '../standard/set.ts';
import { factsOf, flagOf } from './facts.ts';
import { keywordSet, mailboxesOf } from './placing.ts';
import { checkRoom, file, type Stored, storeMessage } from './raw.ts';
import { receivedAt } from './received.ts';
import { emailSettable } from './set.ts';

const PROPERTIES: ReadonlySet<string> = new Set(['id', 'mailboxIds', 'keywords', 'receivedAt']);

/** Email/copy (RFC 8621 section 4.7, RFC 8620 section 5.4): out of another account that the user may read. */
export const emailCopy: Method = method({
  capability: MAIL,
  args: COPY_ARGS,
  run: (call, args) => runCopy(call, args, emailSettable, copiedFrom),
});

interface Copied extends Stored {
  readonly date: number;
  readonly keywords: ReadonlySet<string>;
}

/** Creations that each name an email of `from`; keywords and receivedAt are its own where the client gives no others. */
function copiedFrom(from: Account): Settable {
  return {
    name: 'Email',
    capability: MAIL,

    async prepare(call, account, properties): Promise<Copied> {
      const unknown = Object.keys(properties).filter((name) => !PROPERTIES.has(name));
      if (unknown.length > 0) throw invalidProperties(unknown, `A copy has no other ${unknown.join(', ')}`);
      const { id, mailboxIds, keywords } = properties;
      const number = typeof id === 'string' ? emailNumber(call.idOf(id) ?? id) : undefined;
      const facts = number === undefined ? undefined : factsOf(from.state, number);
      const email = facts && (await from.emails([facts.number])).get(facts.number);
      if (facts === undefined || email === undefined) throw notFound(String(id));
      mailboxesOf(account.state, mailboxIds, (given) => call.idOf(given));
      await checkRoom(call, account, email.size);
      return {
        ...(await storeMessage(call, call.deps.blobs.stream(email.blob))),
        date: receivedAt(properties.receivedAt, facts.receivedAt),
        keywords: keywords === undefined ? facts.keywords : keywordSet(keywords),
      };
    },

    create(draft, properties, { call, idOf }, prepared) {
      const { date, keywords, ...stored } = prepared as Copied;
      const mailboxes = mailboxesOf(draft, properties.mailboxIds, idOf);
      return file(call, draft, stored, { mailboxes, flags: [...keywords].map(flagOf), date });
    },

    update: nothingElse,
    destroy: nothingElse,
  };
}

function nothingElse(): never {
  throw new Error('a copy only creates');
}
