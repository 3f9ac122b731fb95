import type { StoredEmail } from '../../account/types.ts';
import { headerFields } from '../../message/headers.ts';
import { maxMessage } from '../email/limits.ts';
import { SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';

/** Longer ones are no mail. */
const MAX_HEADER = 1024 * 1024;

/** The header of an email that is to be sent. Throws `SetFailure` (`tooLarge`, `invalidEmail`). */
export async function headerOf({ deps }: Call, { blob, size, summary }: StoredEmail): Promise<Uint8Array> {
  const maxSize = await maxMessage(deps);
  if (size > maxSize) {
    throw new SetFailure('tooLarge', `A message has at most ${maxSize} bytes`, { maxSize });
  }
  if (summary.headerEnd > MAX_HEADER) {
    throw new SetFailure('invalidEmail', `A header has at most ${MAX_HEADER} bytes`, { properties: ['headers'] });
  }
  const header =
    summary.headerEnd === 0 ? new Uint8Array() : await deps.blobs.get(blob, { start: 0, end: summary.headerEnd });
  const names = new Set([...headerFields(header)].map(({ name }) => name));
  // RFC 5322 section 3.6: what every message has.
  const missing = [['from', 'from'] as const, ['date', 'sentAt'] as const].filter(([name]) => !names.has(name));
  if (missing.length > 0) {
    const properties = missing.map(([, property]) => property);
    throw new SetFailure('invalidEmail', `The email has no ${properties.join(' and no ')}`, { properties });
  }
  return header;
}

/** The message as it is sent: without its fields Bcc (RFC 8621 section 7.5). */
export async function* withoutBcc(
  { deps }: Call,
  { blob, size }: StoredEmail,
  header: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const { name, start, end } of headerFields(header)) {
    if (name !== 'bcc' && name !== 'resent-bcc') continue;
    if (start > at) yield header.subarray(at, start);
    at = end;
  }
  if (at < header.length) yield header.subarray(at);
  if (header.length < size) yield* deps.blobs.stream(blob, { start: header.length, end: size });
}
