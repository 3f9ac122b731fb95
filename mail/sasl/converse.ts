import type { SignedIn } from '../directory/types.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { Malformed, type SaslExchange } from './types.ts';

/** The client has taken it back with "*". */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/**
 * Carries an exchange to its end over lines of base64, as IMAP, POP3 and SMTP do. `initial`: the initial response as it came, "=" for an
 * empty one (RFC 4959, RFC 5034, RFC 4954). `ask` sends a challenge in base64 and gives the client's line.
 * Throws what the exchange throws, and `Cancelled`.
 */
export async function converse(
  exchange: SaslExchange,
  initial: string | undefined,
  ask: (challenge: string) => Promise<string>,
): Promise<SignedIn> {
  let step = await exchange.next(initial === undefined ? undefined : decoded(initial === '=' ? '' : initial));
  while ('challenge' in step) {
    const line = await ask(encodeBase64(step.challenge));
    if (line === '*') throw new Cancelled('Authentication given up, as you wished');
    step = await exchange.next(decoded(line));
  }
  return step.signedIn;
}

function decoded(text: string): Buffer {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new Malformed('Expected base64');
  return bytes;
}
