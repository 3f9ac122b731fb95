import { BASE64, type EncodingCode, IDENTITY, QUOTED_PRINTABLE } from '../../message/summary.ts';
import { TransferDecoder } from '../../message/transfer-stream.ts';

/** A body in a message's blob, still transfer-encoded. */
export interface EncodedRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly encoding: EncodingCode;
}

/** Whether what is decoded is as long as what is there. */
export function isPlain({ encoding }: EncodedRange): boolean {
  return encoding !== BASE64 && encoding !== QUOTED_PRINTABLE;
}

/** How much of a body's end `sizeFromTail` wants to see, in bytes: a few lines. */
export const TAIL = 512;

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

/**
 * The decoded size of a long base64 body by its end alone: it is written in lines of one length but for the last, and where the whole
 * length is that of such lines, they are. Undefined where it is not, or where the end is no base64: then it has to be counted.
 */
export function sizeFromTail(length: number, tail: Uint8Array): number | undefined {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end--;
  const lastStart = end === 0 ? 0 : bytes.lastIndexOf(LF, end - 1) + 1;
  if (lastStart < 3) return undefined;
  const lineEnd = bytes[lastStart - 2] === CR ? 2 : 1;
  const previousStart = bytes.lastIndexOf(LF, lastStart - 2) + 1;
  if (previousStart === 0) return undefined;
  const line = lastStart - lineEnd - previousStart;
  const last = groups(bytes.subarray(lastStart, end));
  const before = length - (bytes.length - lastStart);
  if (last === undefined || line === 0 || line % 4 !== 0 || before % (line + lineEnd) !== 0) return undefined;
  if (groups(bytes.subarray(previousStart, previousStart + line)) !== (line / 4) * 3) return undefined;
  return (before / (line + lineEnd)) * (line / 4) * 3 + last;
}

/** The bytes that a line of base64 stands for; undefined where it is none. */
function groups(line: Uint8Array): number | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
  if (line.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  let padding = 0;
  while (line[line.length - 1 - padding] === EQUALS) padding++;
  return (line.length / 4) * 3 - padding;
}

/** The decoded sizes of bodies of one message that lie one behind the other, in one pass over `stream`, which begins at `from`. */
export async function countDecoded(
  ranges: readonly EncodedRange[],
  stream: AsyncIterable<Uint8Array>,
  from: number,
): Promise<number[]> {
  const sizes = ranges.map(() => 0);
  let at = from;
  let next = 0;
  let decoder = new TransferDecoder(ranges[0]?.encoding ?? IDENTITY);
  const finish = (): void => {
    sizes[next]! += decoder.end().length;
    next++;
    decoder = new TransferDecoder(ranges[next]?.encoding ?? IDENTITY);
  };
  for await (const chunk of stream) {
    const last = at + chunk.length;
    for (let range = ranges[next]; range !== undefined && range.start < last; range = ranges[next]) {
      sizes[next]! += decoder.push(chunk.subarray(Math.max(0, range.start - at), range.end - at)).length;
      if (range.end > last) break;
      finish();
    }
    at = last;
  }
  while (next < ranges.length) finish();
  return sizes;
}
