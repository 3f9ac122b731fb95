import type * as z from 'zod';
import { type Clock, ConditionFailed, type Expect, OutcomeUnknown, queryAll, type Records } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { Cache } from './cache.ts';
import {
  type AddressItem,
  addressItem,
  credentialItem,
  DEFAULT_TENANT,
  decode,
  domainItem,
  encode,
  type Kept,
  type Key,
  keys,
  pointerItem,
  publicItem,
  type ServerItem,
  serverItem,
  type TenantItem,
  tenantItem,
} from './items.ts';
import type { SettingMap } from './settings.ts';

/** How long another process's change may go unseen. */
const TTL = 15_000;
const TRIES = 8;

/** The directory's items: cached reads for the mail, fresh reads and settled conditional writes for changes. */
export class DirectoryStore {
  readonly records: Records;
  readonly clock: Clock;
  private readonly cache: Cache<Kept<unknown>>;

  constructor(records: Records, clock: Clock) {
    this.records = records;
    this.clock = clock;
    this.cache = new Cache(clock, TTL, 20_000);
  }

  address(local: string, domain: string): Promise<Kept<AddressItem> | undefined> {
    return this.cached(keys.address(local, domain), addressItem);
  }
  domain(domain: string) {
    return this.cached(keys.domain(domain), domainItem);
  }
  pointer(id: string) {
    return this.cached(keys.pointer(id), pointerItem);
  }
  credential(id: string) {
    return this.cached(keys.credential(id), credentialItem);
  }
  publicFolders(tenant: string) {
    return this.cached(keys.publicFolders(tenant), publicItem);
  }
  /** A server where nothing has been set yet is one whose settings are all absent: that is remembered too. */
  server(): Promise<Kept<ServerItem>> {
    const key = keys.server();
    const read = async () => (await this.fresh(key, serverItem)) ?? { value: { v: 1 as const, settings: {} }, rev: 0 };
    return this.cache.get(cacheKey(key), read) as Promise<Kept<ServerItem>>;
  }

  /** One that nothing was said about is remembered too. */
  async tenant(id: string): Promise<Kept<TenantItem>> {
    const key = keys.tenant(id);
    const none = { value: { v: 1 as const, name: id, limits: {}, settings: {} }, rev: 0 };
    if (id === DEFAULT_TENANT) return none;
    return this.cache.get(cacheKey(key), async () => (await this.fresh(key, tenantItem)) ?? none) as Promise<
      Kept<TenantItem>
    >;
  }

  /** What is set for a domain of ours, its tenant and the server, nearest first. `tenant` where it is known saves a wait. */
  async settingsOf(domain: string | undefined, tenant?: string): Promise<SettingMap[]> {
    const [ofDomain, ofTenant, server] = await Promise.all([
      domain === undefined ? undefined : this.domain(domain),
      tenant === undefined ? undefined : this.tenant(tenant),
      this.server(),
    ]);
    const above = ofTenant ?? (ofDomain === undefined ? undefined : await this.tenant(ofDomain.value.tenant));
    return [ofDomain, above, server].flatMap((kept) => (kept === undefined ? [] : [kept.value.settings]));
  }

  /** A consistent read, past the cache. */
  async fresh<T>(key: Key, schema: z.ZodType<T>): Promise<Kept<T> | undefined> {
    const item = await this.records.get(key.pk, key.sk);
    return item === undefined ? undefined : decode(schema, item);
  }

  /** Every item of a partition, in key order, from behind `after`. */
  async *list<T>(pk: string, schema: z.ZodType<T>, prefix = '', after?: string): AsyncGenerator<[string, T]> {
    // '\u{10ffff}' sorts behind every key that is in use.
    const from = after === undefined ? prefix : `${after}\u0000`;
    const range = { pk, ...(from === '' ? {} : { from }), to: `${prefix}\u{10ffff}` };
    for await (const item of queryAll(this.records, range)) yield [item.sk, decode(schema, item).value];
  }

  /**
   * A conditional write whose outcome is known when it returns (design: rule 2): after `OutcomeUnknown` it reads, and
   * writes again where nothing has happened. Throws `ConditionFailed` as the port does. `expires`: seconds since 1970.
   */
  async put(key: Key, value: unknown, expect: Exclude<Expect, 'any'>, expires?: number): Promise<void> {
    // A first version is the time, not 1: a key that was deleted and made anew never has the old one's version again.
    const item = {
      ...encode(key, value, expect === 'absent' ? this.clock.now() : expect.rev + 1),
      ...(expires === undefined ? {} : { expires }),
    };
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.records.put(item, expect);
        } catch (error) {
          if (!(error instanceof OutcomeUnknown) || attempt === TRIES) throw error;
          const now = await this.records.get(key.pk, key.sk);
          if (now !== undefined && Buffer.compare(now.body, item.body) === 0) return;
          if (expect === 'absent' ? now !== undefined : now?.rev !== expect.rev) throw new ConditionFailed('changed');
        }
      }
    } finally {
      this.cache.drop(cacheKey(key));
    }
  }

  /** Deletes whatever is there. */
  async remove(key: Key): Promise<void> {
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.records.delete(key.pk, key.sk, 'any');
        } catch (error) {
          if (!(error instanceof OutcomeUnknown) || attempt === TRIES) throw error;
        }
      }
    } finally {
      this.cache.drop(cacheKey(key));
    }
  }

  /** Deletes the version that was read; false when it is another one by now. */
  async removeVersion(key: Key, rev: number): Promise<boolean> {
    try {
      await this.records.delete(key.pk, key.sk, { rev });
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      if (!(error instanceof OutcomeUnknown)) throw error;
      const now = await this.records.get(key.pk, key.sk);
      if (now === undefined) return true;
      return now.rev === rev ? this.removeVersion(key, rev) : false;
    } finally {
      this.cache.drop(cacheKey(key));
    }
  }

  /** Reads, changes and writes back; again where another writer came between. `change` may throw `Refused`. */
  async update<T>(key: Key, schema: z.ZodType<T>, change: (now: T | undefined) => T, expires?: number): Promise<T> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const now = await this.fresh(key, schema);
      const next = change(now?.value);
      try {
        await this.put(key, next, now === undefined ? 'absent' : { rev: now.rev }, expires);
        return next;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new Refused('unavailable', 'Somebody else is changing the same thing. Try again.');
  }

  /** As it was in the last 15 seconds; what this process wrote is seen at once. */
  cached<T>(key: Key, schema: z.ZodType<T>): Promise<Kept<T> | undefined> {
    // Each key is read with one schema only, so what the cache holds for it has that type.
    return this.cache.get(cacheKey(key), () => this.fresh(key, schema)) as Promise<Kept<T> | undefined>;
  }
}

function cacheKey(key: Key): string {
  return `${key.pk}\n${key.sk}`;
}
