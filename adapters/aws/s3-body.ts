/** Reading the body of an S3 answer. */
import { Unavailable } from '../../mail/ports/index.ts';
import { translate } from './errors.ts';

/** Longest silence in the middle of a body. The SDK's time-outs end with the headers. */
const STALL_MS = 20_000;

/**
 * The chunks of a body, read no faster than they are taken. Throws `Unavailable` when the connection breaks or falls
 * silent: the clock runs only while we wait for S3, not while the consumer takes its time.
 */
export async function* bodyChunks(
  body: AsyncIterable<Uint8Array> & { destroy?(error?: Error): void },
  stallMs: number = STALL_MS,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(stallMs, chunks.next());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    body.destroy?.();
    throw translate(error, 'read', 'read blob');
  } finally {
    // Not awaited: a body that stalled would never answer.
    chunks.return?.().catch(() => undefined);
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unavailable(`read blob: no byte came for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, stalled]);
  } finally {
    clearTimeout(timer);
  }
}
