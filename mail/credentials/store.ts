import type * as z from 'zod';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item read, with the version to replace it by. */
export interface Kept<T> {
  readonly value: T;
  readonly rev: number;
}

/** What credentials need of the directory's store (mail/directory/store.ts), which stands above them. */
export interface CredentialStore {
  /** Of the last 15 seconds, except for what this process has written. Each key is read with one schema only. */
  cached<T>(key: Key, schema: z.ZodType<T>): Promise<Kept<T> | undefined>;
  fresh<T>(key: Key, schema: z.ZodType<T>): Promise<Kept<T> | undefined>;
  /** Throws `ConditionFailed`. `expires`: seconds since 1970. */
  put(key: Key, value: unknown, expect: 'absent' | { readonly rev: number }, expires?: number): Promise<void>;
  /** Reads, changes and writes back, again where another writer came between. `change` may throw `Refused`. */
  update<T>(key: Key, schema: z.ZodType<T>, change: (now: T | undefined) => T, expires?: number): Promise<T>;
  remove(key: Key): Promise<void>;
  /** False when it is another version by now. */
  removeVersion(key: Key, rev: number): Promise<boolean>;
  list<T>(pk: string, schema: z.ZodType<T>, prefix?: string): AsyncGenerator<[string, T]>;
}
