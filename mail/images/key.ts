import { ConditionFailed, type Random, type Records } from '../ports/index.ts';

/** Reads the key that addresses of images are signed with; the first who asks makes it. Every process has the same. */
export function imageKey(records: Records, random: Random): () => Promise<Uint8Array> {
  let known: Promise<Uint8Array> | undefined;
  const read = async (): Promise<Uint8Array> => {
    const there = await records.get('images', 'key');
    if (there !== undefined) return there.body;
    try {
      await records.put({ pk: 'images', sk: 'key', body: random.bytes(32) }, 'absent');
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
    return (await records.get('images', 'key'))!.body;
  };
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
