import * as z from 'zod';
import { ConditionFailed, randomName } from '../../ports/index.ts';
import { CORE } from '../capabilities.ts';
import { invalidProperties, MethodError, type SetError, SetFailure } from '../errors.ts';
import { type Call, ID, method } from '../method.ts';
import { areKeys } from '../push/encryption.ts';
import type { Pushing } from '../push/pusher.ts';
import { deleteSubscription, listSubscriptions, putSubscription, type Subscription } from '../push/subscriptions.ts';
import { LIMITS } from '../request.ts';

const DAY_MS = 86_400_000;
/** RFC 8620 section 7.2: at least 48 hours; whoever does not ask for more by then has gone. */
const LONGEST_MS = 7 * DAY_MS;
const MOST = 20;
const SHOWN = ['id', 'deviceClientId', 'verificationCode', 'expires', 'types'] as const;
const SECRET = ['url', 'keys'];

const DATE = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'not a UTCDate');
const CREATION = z.strictObject({
  deviceClientId: z.string().min(1).max(255),
  url: z.url({ protocol: /^https$/ }).max(2_000),
  keys: z
    .strictObject({ p256dh: z.string(), auth: z.string() })
    .refine(areKeys, 'not a key of P-256 and 16 bytes, in base64url')
    .nullish(),
  verificationCode: z.null().optional(),
  expires: DATE.nullish(),
  types: z.array(z.string().min(1).max(255)).max(100).nullish(),
});
const CHANGE = z.strictObject({
  verificationCode: z.string().optional(),
  expires: DATE.nullish(),
  types: z.array(z.string().min(1).max(255)).max(100).nullish(),
});

/** RFC 8620 section 7.2.1: no account, no state; what could be pushed to is never shown. */
export const pushSubscriptionGet = method({
  capability: CORE,
  args: z.strictObject({ ids: z.array(ID).nullish(), properties: z.array(z.string()).nullish() }),
  async run(call, { ids, properties }) {
    const secret = properties?.find((name) => SECRET.includes(name));
    if (secret !== undefined) throw new MethodError('forbidden', `${secret} is never given`);
    const unknown = properties?.find((name) => !(SHOWN as readonly string[]).includes(name));
    if (unknown !== undefined) throw new MethodError('invalidArguments', `There is no property ${unknown}`);
    if ((ids?.length ?? 0) > LIMITS.maxObjectsInGet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} objects at once`);
    }
    const all = await own(call);
    const wanted = ids == null ? [...all.keys()] : [...new Set(ids.map((id) => call.idOf(id) ?? id))];
    const names = new Set<string>(['id', ...(properties ?? SHOWN)]);
    const list = wanted.flatMap((id) => {
      const found = all.get(id);
      return found === undefined ? [] : [Object.fromEntries(shown(found).filter(([name]) => names.has(name)))];
    });
    return { list, notFound: wanted.filter((id) => !all.has(id)) };
  },
});

function shown({ id, deviceClientId, code, isVerified, expires, types }: Subscription): readonly [string, unknown][] {
  return Object.entries({
    id,
    deviceClientId,
    verificationCode: isVerified ? code : null,
    expires: utcDate(expires),
    types,
  });
}

/** RFC 8620 section 7.2.2. */
export const pushSubscriptionSet = method({
  capability: CORE,
  args: z.strictObject({
    create: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
    update: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
    destroy: z.array(ID).nullish(),
  }),
  async run(call, { create, update, destroy }) {
    const { devices } = call.deps;
    if (devices === undefined) throw new MethodError('forbidden', 'This server does not push to devices');
    const count = Object.keys(create ?? {}).length + Object.keys(update ?? {}).length + (destroy?.length ?? 0);
    if (count > LIMITS.maxObjectsInSet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInSet} objects at once`);
    }
    const created = await each(Object.entries(create ?? {}), ([, given]) => createOne(call, devices, given));
    for (const [key, { id }] of Object.entries(created.done)) call.created.set(key, id);
    const updated = await each(Object.entries(update ?? {}), ([id, given]) => updateOne(call, id, given));
    const destroyed = await each(
      (destroy ?? []).map((id) => [id] as const),
      ([id]) => destroyOne(call, id),
    );
    await devices.refresh(call.user.id);
    return {
      created: orNull(created.done),
      updated: orNull(updated.done),
      destroyed: Object.keys(destroyed.done).length === 0 ? null : Object.keys(destroyed.done),
      notCreated: orNull(created.failed),
      notUpdated: orNull(updated.failed),
      notDestroyed: orNull(destroyed.failed),
    };
  },
});

async function createOne(call: Call, devices: Pushing, given: unknown): Promise<{ id: string; expires: string }> {
  const { clock, random, records } = call.deps;
  const { deviceClientId, url, keys, expires, types } = checked(CREATION, given);
  const all = await listSubscriptions(records, clock.now(), call.user.id);
  if (all.length >= MOST) {
    throw new SetFailure('overQuota', `At most ${MOST} push subscriptions of an account; destroy those of old devices`);
  }
  if (!(await devices.mayVerify(call.user.id))) {
    throw new SetFailure('rateLimit', 'Too many push subscriptions were created within an hour; try again later');
  }
  const subscription: Subscription = {
    account: call.user.id,
    id: randomName(random, 20),
    ...(call.deps.credential === undefined ? {} : { credential: call.deps.credential }),
    deviceClientId,
    url,
    keys: keys ?? null,
    code: randomName(random, 26),
    isVerified: false,
    created: clock.now(),
    expires: bounded(expires, clock.now()),
    types: types ?? null,
  };
  await putSubscription(records, subscription, true);
  void devices.verify(subscription);
  return { id: subscription.id, expires: utcDate(subscription.expires) };
}

async function updateOne(call: Call, given: string, patch: unknown): Promise<{ expires: string } | null> {
  const before = await find(call, given);
  const { verificationCode, expires, types } = checked(CHANGE, patch);
  if (verificationCode !== undefined && verificationCode !== before.code) {
    throw invalidProperties(['verificationCode'], 'This is not the code that was pushed');
  }
  const after: Subscription = {
    ...before,
    isVerified: before.isVerified || verificationCode !== undefined,
    expires: expires === undefined ? before.expires : bounded(expires, call.deps.clock.now()),
    types: types === undefined ? before.types : types,
  };
  try {
    await putSubscription(call.deps.records, after, false);
  } catch (error) {
    if (error instanceof ConditionFailed) throw notFound(given);
    throw error;
  }
  // What was not done as it was asked for is told (RFC 8620 section 5.3).
  return expires === undefined || expires === utcDate(after.expires) ? null : { expires: utcDate(after.expires) };
}

async function destroyOne(call: Call, given: string): Promise<null> {
  const { account, id } = await find(call, given);
  await deleteSubscription(call.deps.records, account, id);
  return null;
}

/** Those that the same credentials created (RFC 8620 section 7.2). */
async function own({ deps, user }: Call): Promise<ReadonlyMap<string, Subscription>> {
  const all = await listSubscriptions(deps.records, deps.clock.now(), user.id);
  const mine = all.filter(({ credential }) => credential === undefined || credential === deps.credential);
  return new Map(mine.map((subscription) => [subscription.id, subscription]));
}

async function find(call: Call, given: string): Promise<Subscription> {
  const found = (await own(call)).get(call.idOf(given) ?? given);
  if (found === undefined) throw notFound(given);
  return found;
}

function notFound(id: string): SetFailure {
  return new SetFailure('notFound', `There is no push subscription ${id}`);
}

/** Runs one after another; what fails is told of, and the others go on. */
async function each<K extends readonly [string, ...unknown[]], T>(items: readonly K[], act: (item: K) => Promise<T>) {
  const done: Record<string, T> = {};
  const failed: Record<string, SetError> = {};
  for (const item of items) {
    try {
      done[item[0]] = await act(item);
    } catch (error) {
      if (!(error instanceof SetFailure)) throw error;
      failed[item[0]] = error.error;
    }
  }
  return { done, failed };
}

function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])],
  );
  throw invalidProperties([...new Set(names)], parsed.error.issues[0]!.message);
}

function bounded(expires: string | null | undefined, now: number): number {
  const asked = expires == null ? Number.POSITIVE_INFINITY : Date.parse(expires);
  if (Number.isNaN(asked)) throw invalidProperties(['expires'], 'There is no such day');
  return Math.floor(Math.min(asked, now + LONGEST_MS) / 1000) * 1000;
}

function utcDate(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function orNull<T>(done: Readonly<Record<string, T>>): Readonly<Record<string, T>> | null {
  return Object.keys(done).length === 0 ? null : done;
}
