import * as z from 'zod';
import type { Account } from '../../account/types.ts';
import type { Card } from '../../contacts/books.ts';
import { CARD } from '../../contacts/log.ts';
import { filesOf } from '../../contacts/media.ts';
import { randomName } from '../../ports/index.ts';
import { CONTACTS } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Answers, type Call, type Method, method, seqOf } from '../method.ts';
import { applySet, notFound, type Settable } from '../standard/set.ts';
import { cardObject, cardType } from './card.ts';
import { readyMedia } from './media.ts';

/** ContactCard/copy (RFC 9610 section 3.6, RFC 8620 section 5.4): into another account; what the client gives stands in place of the card's own. */
export const cardCopy: Method = method({
  capability: CONTACTS,
  args: z.strictObject({
    fromAccountId: z.string(),
    ifFromInState: z.string().nullish(),
    accountId: z.string(),
    ifInState: z.string().nullish(),
    create: z.record(z.string(), z.record(z.string(), z.unknown())),
    onSuccessDestroyOriginal: z.boolean().optional(),
    destroyFromIfInState: z.string().nullish(),
  }),
  async run(call, args): Promise<Answers> {
    const { fromAccountId, accountId, ifInState, ifFromInState, create } = args;
    if (fromAccountId === accountId) {
      throw new MethodError('invalidArguments', 'fromAccountId: a copy goes to another account');
    }
    const from = await sourceAccount(call, fromAccountId);
    const { state } = from;
    if (ifFromInState != null && seqOf(state, ifFromInState) !== state.typeSeq(CARD)) {
      throw new MethodError('stateMismatch', `The state of ${fromAccountId} is not ${ifFromInState} any more`);
    }
    const { answer, outcome } = await applySet(copiedFrom(from), call, { accountId, ifInState, create });
    const { oldState, newState, created, notCreated } = answer;
    const copy = ['ContactCard/copy', { fromAccountId, accountId, oldState, newState, created, notCreated }] as const;
    const originals = Object.keys(outcome.created).map((name) => create[name]!.id as string);
    if (args.onSuccessDestroyOriginal !== true || originals.length === 0) return [copy];
    const { answer: destroyed } = await applySet(cardType, call, {
      accountId: fromAccountId,
      ifInState: args.destroyFromIfInState,
      destroy: originals,
    });
    return [copy, ['ContactCard/set', destroyed]];
  },
});

async function sourceAccount(call: Call, id: string): Promise<Account> {
  try {
    return await call.account(id);
  } catch (error) {
    if (!(error instanceof MethodError)) throw error;
    throw new MethodError(
      error.type === 'accountNotFound' ? 'fromAccountNotFound' : 'fromAccountNotSupportedByMethod',
      error.message,
    );
  }
}

function copiedFrom(from: Account): Settable {
  return {
    ...cardType,
    async prepare(call, _account, properties) {
      const id = typeof properties.id === 'string' ? (call.idOf(properties.id) ?? properties.id) : '';
      const card = from.state.object(CARD, id) as Card | undefined;
      if (card === undefined) throw notFound(String(properties.id));
      // Whoever owns a blob was fixed when it was written (design: rule 3): the copy has its own.
      for (const [blobId, file] of filesOf(card)) {
        const { name } = await call.deps.blobs.put('raw', call.deps.blobs.stream(file.blob), { owners: 1 });
        readyMedia(call).set(blobId, { ...file, blobId: `c${randomName(call.deps.random, 20)}`, blob: name });
      }
      const { id: _, addressBookIds: __, ...rest } = cardObject(id, card);
      return rest;
    },
    create(draft, { id: _, ...given }, context, original) {
      return cardType.create(draft, { ...(original as object), ...given }, context, undefined);
    },
  };
}
