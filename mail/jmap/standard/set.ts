import * as z from 'zod';
import type { Account, Draft, State } from '../../account/types.ts';
import { Refused } from '../../refused.ts';
import { tellOfShares } from '../../sharing/notify.ts';
import { MethodError, type SetError, SetFailure } from '../errors.ts';
import { mayChange } from '../may-change.ts';
import { type Answer, type Call, ID, type Method, method, seqOf, stateAt } from '../method.ts';
import { LIMITS } from '../request.ts';
import type { Tracked } from './changes.ts';
import { inOrderOfUse } from './creation-order.ts';

type Properties = Readonly<Record<string, unknown>>;

/** What a /set asks for. */
export interface Asked {
  readonly create?: Readonly<Record<string, Properties>> | null | undefined;
  readonly update?: Readonly<Record<string, Properties>> | null | undefined;
}

/** A type of object that clients make, change and destroy (RFC 8620 section 5.3). Each function throws `SetFailure` or `Refused` to say no. */
export interface Settable<A = unknown> {
  readonly name: string;
  readonly capability: string;
  /** More arguments of /set. */
  readonly more?: z.ZodType<A>;
  /** What has to be done of a creation before the write (blobs); its result is given to `create`. May be left unused after a crash. */
  readonly prepare?: (call: Call, account: Account, properties: Properties, args: A) => Promise<unknown>;
  /** What has to be known, or done, before anything is written: of principals that are named. */
  readonly ready?: (call: Call, account: Account, given: Asked) => Promise<void>;
  /** What has to be durable before the write changes objects. May be left unused after a crash. */
  readonly prepareUpdates?: (
    call: Call,
    account: Account,
    update: readonly (readonly [id: string, patch: Properties])[],
  ) => Promise<void>;
  /** What is left to do when all is written. */
  readonly done?: (call: Call, account: Account) => Promise<void>;
  /** Gives the id and what the server set. `prepared`: what `prepare` gave. */
  create(
    draft: Draft,
    properties: Properties,
    context: SetContext<A>,
    prepared: unknown,
  ): Properties & { readonly id: string };
  /** Gives what the server set besides, or null. */
  update(draft: Draft, id: string, patch: Properties, context: SetContext<A>): Properties | null;
  destroy(draft: Draft, id: string, context: SetContext<A>): void;
  /** In place of `update`, for types of which very many are changed at once. Gives what failed, by id. */
  updateAll?(
    draft: Draft,
    patches: ReadonlyMap<string, Properties>,
    context: SetContext<A>,
  ): Readonly<Record<string, SetError>>;
  /** The same for `destroy`. */
  destroyAll?(draft: Draft, ids: readonly string[], context: SetContext<A>): Readonly<Record<string, SetError>>;
}

export interface SetContext<A> {
  readonly call: Call;
  readonly args: A;
  /** An id as the client gave it: `#name` is what this request has created, this /set included. */
  readonly idOf: (given: string) => string | undefined;
  /** Ids that this /set is to destroy too: what is allowed may depend on it. */
  readonly destroying: ReadonlySet<string>;
  /** What the server has changed besides, by id: for types that change all at once. */
  readonly said: Map<string, Properties>;
}

export const SET_ARGS = z.strictObject({
  accountId: z.string(),
  ifInState: z.string().nullish(),
  create: z.record(z.string(), z.record(z.string(), z.unknown())).nullish(),
  update: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
  destroy: z.array(ID).nullish(),
});

/** What a /set has done, by the names and ids that the client gave. */
export interface Outcome {
  readonly created: Record<string, Properties>;
  readonly updated: Record<string, Properties | null>;
  readonly destroyed: string[];
  readonly notCreated: Record<string, SetError>;
  readonly notUpdated: Record<string, SetError>;
  readonly notDestroyed: Record<string, SetError>;
}

/** Foo/set: one entry in the account's log, whatever the number of objects. */
export function setting<A>(type: Settable<A>): Method {
  const args = (
    type.more === undefined ? SET_ARGS : SET_ARGS.extend((type.more as unknown as z.ZodObject).shape)
  ) as typeof SET_ARGS;
  return method({
    capability: type.capability,
    args,
    run: async (call, given) => (await applySet(type, call, given)).answer,
  });
}

/** As a method does it, for methods that do more afterwards. */
export async function applySet<A>(
  type: Settable<A>,
  call: Call,
  given: z.infer<typeof SET_ARGS>,
): Promise<{ readonly answer: Answer; readonly outcome: Outcome }> {
  const { accountId, ifInState } = given;
  const account = await call.account(accountId);
  const create = inOrderOfUse(Object.entries(given.create ?? {}));
  const update = Object.entries(given.update ?? {});
  const destroy = [...new Set(given.destroy ?? [])];
  const count = create.length + update.length + destroy.length;
  if (count > LIMITS.maxObjectsInSet) {
    throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInSet} objects at once, here are ${count}`);
  }
  checkWritable(type, account);
  await type.ready?.(call, account, given);
  const prepared = await prepareAll(type, call, account, create, given as A);
  await type.prepareUpdates?.(call, account, update);
  const { result, state } = await account.write((draft) => {
    if (ifInState !== undefined && ifInState !== null && seqOf(draft, ifInState) !== draft.typeSeq(type.name)) {
      throw new MethodError('stateMismatch', `The state is not ${ifInState} any more`);
    }
    const before = draft.typeSeq(type.name);
    call.shared.length = 0;
    const destroying = new Set(destroy.flatMap((id) => call.idOf(id) ?? []));
    const outcome = changeAll(
      type,
      draft,
      call,
      { args: given as A, destroying },
      { create, update, destroy, prepared },
    );
    return { before, outcome };
  });
  const { before, outcome } = result;
  await type.done?.(call, account);
  if (call.shared.length > 0) await tellOfShares(call.deps, call.user, call.shared.splice(0));
  for (const [name, object] of Object.entries(outcome.created)) call.created.set(name, object.id as string);
  const { created, updated, destroyed, notCreated, notUpdated, notDestroyed } = outcome;
  const answer = {
    accountId,
    oldState: stateAt(state, before),
    newState: stateAt(state, knownUpTo(type, state, before, call, outcome)),
    created,
    updated,
    destroyed,
    notCreated,
    notUpdated,
    notDestroyed,
  };
  return { answer, outcome };
}

/** RFC 8620 section 3.6.2. Of mailboxes and address books there is what each user has of his own. */
function checkWritable({ name }: Pick<Settable, 'name'>, { id, state }: Account): void {
  if (name === 'Mailbox' || name === 'AddressBook' || mayChange(state)) return;
  throw new MethodError('accountReadOnly', `You may change nothing in account ${id}`);
}

type Prepared = ReadonlyMap<string, { readonly value: unknown } | { readonly error: SetError }>;

async function prepareAll<A>(
  type: Settable<A>,
  call: Call,
  account: Account,
  create: readonly (readonly [string, Properties])[],
  args: A,
): Promise<Prepared> {
  const prepared = new Map<string, { value: unknown } | { error: SetError }>();
  const { prepare } = type;
  if (prepare === undefined) return prepared;
  // One after another: what is prepared may be large.
  for (const [name, properties] of create) {
    try {
      prepared.set(name, { value: await prepare(call, account, properties, args) });
    } catch (error) {
      prepared.set(name, { error: setError(error) });
    }
  }
  return prepared;
}

function changeAll<A>(
  type: Settable<A>,
  draft: Draft,
  call: Call,
  asked: Pick<SetContext<A>, 'args' | 'destroying'>,
  work: {
    readonly create: readonly (readonly [string, Properties])[];
    readonly update: readonly (readonly [string, Properties])[];
    readonly destroy: readonly string[];
    readonly prepared: Prepared;
  },
): Outcome {
  const outcome: Outcome = {
    created: {},
    updated: {},
    destroyed: [],
    notCreated: {},
    notUpdated: {},
    notDestroyed: {},
  };
  // The write may be decided anew: what it named before is forgotten.
  const names = new Map<string, string>();
  const idOf = (given: string) => (given.startsWith('#') ? names.get(given.slice(1)) : undefined) ?? call.idOf(given);
  const context = { ...asked, call, idOf, said: new Map<string, Properties>() };
  for (const [name, properties] of work.create) {
    attempt(outcome.notCreated, name, () => {
      const prepared = work.prepared.get(name);
      if (prepared !== undefined && 'error' in prepared) throw new SetFailure(prepared.error.type, '', prepared.error);
      const object = type.create(draft, properties, context, prepared?.value);
      names.set(name, object.id);
      outcome.created[name] = object;
    });
  }
  updateAll(type, draft, work.update, context, outcome);
  destroyAll(type, draft, work.destroy, context, outcome);
  return outcome;
}

function updateAll<A>(
  type: Settable<A>,
  draft: Draft,
  update: readonly (readonly [string, Properties])[],
  context: SetContext<A>,
  outcome: Outcome,
): void {
  const patches = new Map<string, Properties>();
  const named = new Map<string, string>();
  for (const [given, patch] of update) {
    attempt(outcome.notUpdated, given, () => {
      const id = context.idOf(given);
      if (id === undefined) throw notFound(given);
      if (context.destroying.has(id)) throw new SetFailure('willDestroy', 'The same call destroys it');
      if (patches.has(id)) throw new SetFailure('invalidPatch', 'The same object is changed under another name');
      if (type.updateAll === undefined) outcome.updated[given] = type.update(draft, id, patch, context);
      patches.set(id, patch);
      named.set(id, given);
    });
  }
  if (type.updateAll === undefined) return;
  const failures = type.updateAll(draft, patches, context);
  for (const [id, given] of named) {
    const failure = failures[id];
    if (failure === undefined) outcome.updated[given] = context.said.get(id) ?? null;
    else outcome.notUpdated[given] = failure;
  }
}

function destroyAll<A>(
  type: Settable<A>,
  draft: Draft,
  destroy: readonly string[],
  context: SetContext<A>,
  outcome: Outcome,
): void {
  const ids = new Set<string>();
  for (const given of destroy) {
    const id = context.idOf(given);
    if (id === undefined) outcome.notDestroyed[given] = notFound(given).error;
    else ids.add(id);
  }
  const failures: Record<string, SetError> = {};
  if (type.destroyAll !== undefined) Object.assign(failures, type.destroyAll(draft, [...ids], context));
  else for (const id of ids) attempt(failures, id, () => type.destroy(draft, id, context));
  Object.assign(outcome.notDestroyed, failures);
  for (const id of ids) if (failures[id] === undefined) outcome.destroyed.push(id);
}

/**
 * The position that a client which knows `before` knows once it has the answer. More may have changed: by others who wrote in the same
 * entry, or as a consequence (mailboxes below one that is renamed). Then it is told of no new state, and asks /changes.
 */
function knownUpTo(
  type: Pick<Settable, 'name'> & Partial<Pick<Tracked, 'changes'>>,
  state: State,
  before: number,
  call: Call,
  outcome: Outcome,
): number {
  const named = [...Object.keys(outcome.updated), ...outcome.destroyed].map((given) => call.idOf(given));
  const own = new Set([...Object.values(outcome.created).map(({ id }) => id), ...named]);
  const changes = type.changes === undefined ? state.changes(type.name, before) : type.changes(state, before);
  return (changes?.every(({ id }) => own.has(id)) ?? true) ? state.typeSeq(type.name) : before;
}

export function attempt(failures: Record<string, SetError>, name: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    failures[name] = setError(error);
  }
}

export function notFound(id: string): SetFailure {
  return new SetFailure('notFound', `There is no object ${id}`);
}

const REFUSALS: Readonly<Record<string, string>> = {
  nonexistent: 'notFound',
  alreadyexists: 'alreadyExists',
  overquota: 'overQuota',
  limit: 'tooLarge',
  noperm: 'forbidden',
  invalid: 'invalidProperties',
};

/** What is said of an object that was refused; a store that does not answer fails the whole method. */
export function setError(error: unknown): SetError {
  if (error instanceof SetFailure) return error.error;
  if (error instanceof Refused && error.code !== 'unavailable') {
    return { type: REFUSALS[error.code] ?? 'forbidden', description: error.message };
  }
  throw error;
}
