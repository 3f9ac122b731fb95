import { resolveSection, type SectionPartial, type SectionRange } from '../../message/sections.ts';
import { IDENTITY, type Summary, UNKNOWN_ENCODING } from '../../message/summary.ts';
import { TransferDecoder } from '../../message/transfer-stream.ts';
import { No } from '../errors.ts';
import type { SectionItem } from './sections.ts';

/** Where a part lies whose transfer encoding is to be undone. Throws `No` with UNKNOWN-CTE (RFC 3516 section 4.3) where it cannot be. */
export function resolveBinary(summary: Summary, item: SectionItem): SectionRange | undefined {
  const where = resolveSection(summary, item.section);
  if (where?.kind !== 'range') return undefined;
  if (where.encoding === UNKNOWN_ENCODING) {
    throw new No('UNKNOWN-CTE', 'A part has a transfer encoding that nobody can undo');
  }
  return where;
}

/** Whether what is decoded is as long as what is there. */
export function isPlain({ encoding }: SectionRange): boolean {
  return encoding === IDENTITY;
}

/** The decoded bytes of a part out of its raw ones, those of `partial` only; it counts in decoded bytes. */
export async function* decodedPart(
  raw: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { encoding }: SectionRange,
  partial: SectionPartial | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const decoder = new TransferDecoder(encoding);
  const first = partial?.offset ?? 0;
  const last = partial === undefined ? Number.POSITIVE_INFINITY : first + partial.length;
  let at = 0;
  function wanted(piece: Uint8Array): Uint8Array {
    const from = Math.max(0, first - at);
    const to = Math.min(piece.length, last - at);
    at += piece.length;
    return from < to ? piece.subarray(from, to) : piece.subarray(0, 0);
  }
  for await (const chunk of raw) {
    yield wanted(decoder.push(chunk));
    if (at >= last) return;
  }
  yield wanted(decoder.end());
}

export async function lengthOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of pieces) length += piece.length;
  return length;
}
