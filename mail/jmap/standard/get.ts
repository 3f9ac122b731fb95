import * as z from 'zod';
import type { Account, State } from '../../account/types.ts';
import { MethodError } from '../errors.ts';
import { type Call, ID, type Method, method, stateString } from '../method.ts';
import { LIMITS } from '../request.ts';

/** A type of object that can be read by id (RFC 8620 section 5.1). */
export interface Readable<A = unknown> {
  /** For example `Mailbox`. */
  readonly name: string;
  readonly capability: string;
  /** Properties that there are. */
  readonly properties: readonly string[];
  /** Those that are given where the client names none. Default: all. */
  readonly usual?: readonly string[];
  /** Where the client names none, every property that an object has is given, also those that nobody has heard of. */
  readonly all?: true;
  /** Others, whose names follow a pattern (`header:...`). */
  readonly isProperty?: (name: string) => boolean;
  /** More arguments of /get. */
  readonly more?: z.ZodType<A>;
  /** Every id, for `ids: null`. */
  ids(account: Account, call: Call): readonly string[] | Promise<readonly string[]>;
  /** The state that is told, of types whose changes are not in the account's log. */
  state?(state: State, call: Call): string;
  /** Objects by id, with those properties at least; ids that there are none of are missing. */
  load(
    call: Call,
    account: Account,
    ids: readonly string[],
    properties: ReadonlySet<string>,
    args: A,
  ): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
}

const ARGS = z.strictObject({
  accountId: z.string(),
  ids: z.array(ID).nullish(),
  properties: z.array(z.string()).nullish(),
});

/** Foo/get. */
export function getting<A>(type: Readable<A>): Method {
  const args = (
    type.more === undefined ? ARGS : ARGS.extend((type.more as unknown as z.ZodObject).shape)
  ) as typeof ARGS;
  return method({
    capability: type.capability,
    args,
    async run(call, given) {
      const { accountId, ids: named, properties } = given;
      const account = await call.account(accountId);
      const wanted = chosen(type, properties);
      if (named !== undefined && named !== null && named.length > LIMITS.maxObjectsInGet) {
        throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} objects at once`);
      }
      const ids = [...new Set(named?.map((id) => call.idOf(id) ?? id) ?? (await type.ids(account, call)))];
      if (ids.length > LIMITS.maxObjectsInGet) {
        throw new MethodError(
          'requestTooLarge',
          `There are more than ${LIMITS.maxObjectsInGet}: name the ids you want`,
        );
      }
      const state = type.state?.(account.state, call) ?? stateString(account.state, type.name);
      const isAll = type.all === true && (properties === null || properties === undefined);
      const found = await type.load(call, account, ids, wanted, given as A);
      const list: Record<string, unknown>[] = [];
      const notFound: string[] = [];
      for (const id of ids) {
        const object = found.get(id);
        if (object === undefined) notFound.push(id);
        else list.push(isAll ? object : only(object, wanted));
      }
      return { accountId, state, list, notFound };
    },
  });
}

function chosen<A>(type: Readable<A>, properties: readonly string[] | null | undefined): ReadonlySet<string> {
  if (properties === null || properties === undefined) return new Set(type.usual ?? type.properties);
  const unknown = properties.find((name) => !type.properties.includes(name) && type.isProperty?.(name) !== true);
  if (unknown !== undefined) throw new MethodError('invalidArguments', `${type.name} has no property ${unknown}`);
  // RFC 8620 section 5.1: the id is always given.
  return new Set(['id', ...properties]);
}

function only(object: Readonly<Record<string, unknown>>, wanted: ReadonlySet<string>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of wanted) if (object[name] !== undefined) result[name] = object[name];
  return result;
}
