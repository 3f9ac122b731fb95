/** Streams of bytes, cut anew. */

/** The chunks, `size` bytes in all, as one. */
export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What was taken from an iterator, then the rest of it. Ends the iterator when it is left early. */
export async function* resume(
  taken: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let done = false;
  try {
    yield* taken;
    for (;;) {
      const next = await iterator.next();
      if (next.done) {
        done = true;
        return;
      }
      yield next.value;
    }
  } catch (error) {
    done = true;
    throw error;
  } finally {
    if (!done) await iterator.return?.();
  }
}

/** The same bytes in chunks of at least `size`, the last one excepted. */
export async function* joined(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < size) continue;
    yield gathered.length === 1 ? chunk : concat(gathered, bytes);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield concat(gathered, bytes);
}
