import type { Account } from '../../account/types.ts';
import { checkScript } from '../../sieve/check.ts';
import { MAX_SCRIPT } from '../../sieve/limits.ts';
import { SieveError } from '../../sieve/script.ts';
import { blobOf } from '../blob/blob.ts';
import { SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';

/** The blob of a script's content: what it names never changes. */
export function scriptBlobId(digest: string): string {
  return `s${digest}`;
}

/** A blob's bytes as a script that may be kept (RFC 9661 sections 2.2 and 2.4). Throws `SetFailure`. */
export async function scriptContent(call: Call, account: Account, given: string): Promise<string> {
  const blob = await blobOf(call, account, call.idOf(given) ?? given);
  if (blob === undefined) throw new SetFailure('blobNotFound', `There is no blob ${given}`, { notFound: [given] });
  if (blob.size > MAX_SCRIPT) throw new SetFailure('tooLarge', `A script has at most ${MAX_SCRIPT} bytes`);
  const bytes = await blob.bytes(MAX_SCRIPT);
  // RFC 9661 section 2: a script has one character at least.
  if (bytes.length === 0) throw new SetFailure('invalidSieve', 'A script is not empty');
  try {
    checkScript(bytes);
  } catch (error) {
    if (!(error instanceof SieveError)) throw error;
    throw new SetFailure('invalidSieve', `line ${error.at.line}, column ${error.at.column}: ${error.message}`);
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
