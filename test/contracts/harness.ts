/** What the contract suites share. */

/** Waits in real time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a suite may use besides the port. */
export interface UnderTest {
  /** Lets so much time pass for the store. @default real time */
  readonly pass?: (ms: number) => Promise<void>;
  /** The store's finest measure of time, in milliseconds: what tests wait for is a few of these. @default 1000 */
  readonly step?: number;
  /** Gives back what the port uses. */
  close(): Promise<void>;
}

let names = 0;
const RUN = Date.now().toString(36);

/** A name that no other test, and no other run, has used. */
export function fresh(prefix: string): string {
  names += 1;
  return `${prefix}-${RUN}-${names}`;
}

/** `length` bytes that repeat only after 64 KiB, so that a shifted or swapped piece is seen. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (state * 25173 + 13849) & 0xffff;
    bytes[at] = state >> 8;
  }
  return bytes;
}

/** How the promise ended: its value's type is not needed, only whether and with what it failed. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** All that an async iterable gives. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
