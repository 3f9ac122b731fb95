import { ConditionFailed } from './errors.ts';
import type { Random } from './random.ts';
import type { Records } from './records.ts';

/** Random bytes that a store has once: the first who asks makes them, and every process has the same. */
export function madeOnce(
  records: Records,
  random: Random,
  { pk, sk }: { readonly pk: string; readonly sk: string },
): () => Promise<Uint8Array> {
  let known: Promise<Uint8Array> | undefined;
  const read = async (): Promise<Uint8Array> => {
    const there = await records.get(pk, sk);
    if (there !== undefined) return there.body;
    try {
      await records.put({ pk, sk, body: random.bytes(32) }, 'absent');
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
    return (await records.get(pk, sk))!.body;
  };
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
