import * as z from 'zod';
import { type Account, emailNumber } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { invalidProperties, MethodError } from '../errors.ts';
import { type Answers, type Call, type Method, method, seqOf } from '../method.ts';
import { applySet, notFound, type Settable } from '../standard/set.ts';
import { factsOf, flagOf } from './facts.ts';
import { keywordSet, mailboxesOf } from './placing.ts';
import { checkRoom, file, type Stored, storeMessage } from './raw.ts';
import { receivedAt } from './received.ts';
import { emailSettable } from './set.ts';

const ARGS = z.strictObject({
  fromAccountId: z.string(),
  ifFromInState: z.string().nullish(),
  accountId: z.string(),
  ifInState: z.string().nullish(),
  create: z.record(z.string(), z.record(z.string(), z.unknown())),
  onSuccessDestroyOriginal: z.boolean().optional(),
  destroyFromIfInState: z.string().nullish(),
});

const PROPERTIES: ReadonlySet<string> = new Set(['id', 'mailboxIds', 'keywords', 'receivedAt']);

/** Email/copy (RFC 8621 section 4.7, RFC 8620 section 5.4): out of another account that the user may read. */
export const emailCopy: Method = method({
  capability: MAIL,
  args: ARGS,
  async run(call, args): Promise<Answers> {
    const { fromAccountId, accountId, ifInState, create } = args;
    if (fromAccountId === accountId) {
      throw new MethodError('invalidArguments', 'fromAccountId: a copy goes to another account');
    }
    const from = await sourceAccount(call, fromAccountId);
    await call.account(accountId);
    const { state } = from;
    const { ifFromInState } = args;
    if (
      ifFromInState !== undefined &&
      ifFromInState !== null &&
      seqOf(state, ifFromInState) !== state.typeSeq('Email')
    ) {
      throw new MethodError('stateMismatch', `The state of ${fromAccountId} is not ${ifFromInState} any more`);
    }
    const { answer, outcome } = await applySet(copiedFrom(from), call, { accountId, ifInState, create });
    const { oldState, newState, created, notCreated } = answer;
    const copy = ['Email/copy', { fromAccountId, accountId, oldState, newState, created, notCreated }] as const;
    const originals = Object.keys(outcome.created).map((name) => create[name]!.id as string);
    if (args.onSuccessDestroyOriginal !== true || originals.length === 0) return [copy];
    const { answer: destroyed } = await applySet(emailSettable, call, {
      accountId: fromAccountId,
      ifInState: args.destroyFromIfInState,
      destroy: originals,
    });
    return [copy, ['Email/set', destroyed]];
  },
});

async function sourceAccount(call: Call, id: string): Promise<Account> {
  try {
    return await call.account(id);
  } catch (error) {
    if (!(error instanceof MethodError)) throw error;
    throw new MethodError('fromAccountNotFound', error.message);
  }
}

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
