import * as z from 'zod';
import type { Account } from '../../account/types.ts';
import { MethodError } from '../errors.ts';
import { type Answers, type Call, seqOf } from '../method.ts';
import { applySet, type Settable } from './set.ts';

/** What every /copy takes (RFC 8620 section 5.4). */
export const COPY_ARGS = z.strictObject({
  fromAccountId: z.string(),
  ifFromInState: z.string().nullish(),
  accountId: z.string(),
  ifInState: z.string().nullish(),
  create: z.record(z.string(), z.record(z.string(), z.unknown())),
  onSuccessDestroyOriginal: z.boolean().optional(),
  destroyFromIfInState: z.string().nullish(),
});

/**
 * Copies objects of a type out of another account that the user may read (RFC 8620 section 5.4). `copiedFrom` gives the type whose
 * creations each name an object of that account.
 */
export async function runCopy(
  call: Call,
  args: z.infer<typeof COPY_ARGS>,
  type: Settable,
  copiedFrom: (from: Account) => Settable,
): Promise<Answers> {
  const { fromAccountId, accountId, ifInState, ifFromInState, create } = args;
  if (fromAccountId === accountId) {
    throw new MethodError('invalidArguments', 'fromAccountId: a copy goes to another account');
  }
  const from = await sourceAccount(call, fromAccountId);
  await call.account(accountId);
  const { state } = from;
  if (ifFromInState != null && seqOf(state, ifFromInState) !== state.typeSeq(type.name)) {
    throw new MethodError('stateMismatch', `The state of ${fromAccountId} is not ${ifFromInState} any more`);
  }
  const { answer, outcome } = await applySet(copiedFrom(from), call, { accountId, ifInState, create });
  const { oldState, newState, created, notCreated } = answer;
  const copy = [`${type.name}/copy`, { fromAccountId, accountId, oldState, newState, created, notCreated }] as const;
  const originals = Object.keys(outcome.created).map((name) => create[name]!.id as string);
  if (args.onSuccessDestroyOriginal !== true || originals.length === 0) return [copy];
  const { answer: destroyed } = await applySet(type, call, {
    accountId: fromAccountId,
    ifInState: args.destroyFromIfInState,
    destroy: originals,
  });
  return [copy, [`${type.name}/set`, destroyed]];
}

async function sourceAccount(call: Call, id: string): Promise<Account> {
  try {
    return await call.account(id);
  } catch (error) {
    if (!(error instanceof MethodError)) throw error;
    const type = error.type === 'accountNotFound' ? 'fromAccountNotFound' : 'fromAccountNotSupportedByMethod';
    throw new MethodError(type, error.message);
  }
}
