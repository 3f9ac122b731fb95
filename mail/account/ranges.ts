import type { Blobs } from '../ports/index.ts';
import type { StoredAt } from './table.ts';

/** Ranges of one blob that are nearer to each other than this are read in one call: so much takes as long as a call more. */
const GAP = 1024 * 1024;

/** Reads ranges of blobs, neighbours in one call, and all calls at once. The answers are in the order of the question. */
export async function readRanges(blobs: Blobs, wanted: readonly StoredAt[]): Promise<Uint8Array[]> {
  const found = new Array<Uint8Array>(wanted.length);
  const order = wanted.map((at, i) => ({ at, i }));
  order.sort((a, b) => (a.at.blob < b.at.blob ? -1 : a.at.blob > b.at.blob ? 1 : a.at.offset - b.at.offset));
  const calls: { blob: string; start: number; end: number; members: { at: StoredAt; i: number }[] }[] = [];
  for (const member of order) {
    const { blob, offset, length } = member.at;
    const last = calls.at(-1);
    if (last !== undefined && last.blob === blob && offset <= last.end + GAP) {
      last.end = Math.max(last.end, offset + length);
      last.members.push(member);
    } else calls.push({ blob, start: offset, end: offset + length, members: [member] });
  }
  await Promise.all(
    calls.map(async ({ blob, start, end, members }) => {
      const bytes = await blobs.get(blob, { start, end });
      for (const { at, i } of members) found[i] = bytes.subarray(at.offset - start, at.offset - start + at.length);
    }),
  );
  return found;
}
