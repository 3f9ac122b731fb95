import { NotFound, WireClosed, WireTimeout } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { Session } from './session.ts';
import { Stuffer, type TopCounter } from './stuffing.ts';

/** A message's bytes stopped coming behind `+OK`: there is no way to say so but to close (RFC 1939 has no abort). */
export class CutShort extends Error {
  override readonly name = 'CutShort';
}

/** Sends a message, or with `counter` its beginning, as a multi-line reply that begins with `+OK first`. */
export async function sendMessage(
  session: Session,
  first: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  counter?: TopCounter,
): Promise<void> {
  const { wire } = session;
  const stuffer = new Stuffer();
  if (content instanceof Uint8Array) {
    session.ok(first);
    wire.write(stuffer.push(content));
    await wire.write(stuffer.end());
    return;
  }
  let begun = false;
  try {
    for await (const chunk of content) {
      // Only when the first bytes are there is it sure that there will be a message.
      if (!begun) session.ok(first);
      begun = true;
      await wire.write(stuffer.push(counter === undefined ? chunk : chunk.subarray(0, counter.take(chunk))));
      if (counter?.done) break;
    }
  } catch (error) {
    if (error instanceof WireClosed || error instanceof WireTimeout) throw error;
    if (begun) throw new CutShort(String(error), { cause: error });
    if (error instanceof NotFound) throw new Refused('nonexistent', 'That message was erased meanwhile');
    throw error;
  }
  if (!begun) session.ok(first);
  await wire.write(stuffer.end());
}
