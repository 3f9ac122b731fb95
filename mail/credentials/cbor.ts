/** What of CBOR (RFC 8949) authenticators write: lengths that are known, no tags, no fractions (CTAP2 canonical form). */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | CborMap;
export type CborMap = Map<number | string, CborValue>;

const MAX_DEPTH = 8;
const SIMPLE = new Map<number, boolean | null>([
  [20, false],
  [21, true],
  [22, null],
]);

/** The value at `start`, and where it ends. Throws an Error where it is none. */
export function readCbor(bytes: Buffer, start = 0, depth = 0): { readonly value: CborValue; readonly end: number } {
  if (depth > MAX_DEPTH) throw new Error('CBOR that is too deep');
  const major = at(bytes, start) >> 5;
  const { count, end } = readCount(bytes, start);
  if (major === 0) return { value: count, end };
  if (major === 1) return { value: -1 - count, end };
  if (major === 2 || major === 3) {
    if (end + count > bytes.length) throw new Error('CBOR that is cut off');
    const piece = bytes.subarray(end, end + count);
    return { value: major === 2 ? piece : piece.toString('utf8'), end: end + count };
  }
  if (major === 4) {
    const list: CborValue[] = [];
    let next = end;
    for (let n = 0; n < count; n++) {
      const one = readCbor(bytes, next, depth + 1);
      list.push(one.value);
      next = one.end;
    }
    return { value: list, end: next };
  }
  if (major === 5) return readMap(bytes, end, count, depth);
  const value = major === 7 ? SIMPLE.get(count) : undefined;
  if (value === undefined) throw new Error('CBOR of a kind that no authenticator writes');
  return { value, end };
}

function readMap(bytes: Buffer, start: number, count: number, depth: number): { value: CborMap; end: number } {
  const map: CborMap = new Map();
  let next = start;
  for (let n = 0; n < count; n++) {
    const key = readCbor(bytes, next, depth + 1);
    if (typeof key.value !== 'number' && typeof key.value !== 'string') throw new Error('CBOR with a strange key');
    if (map.has(key.value)) throw new Error('CBOR with a key twice');
    const one = readCbor(bytes, key.end, depth + 1);
    map.set(key.value, one.value);
    next = one.end;
  }
  return { value: map, end: next };
}

/** RFC 8949 section 3: the argument, in the head itself or in the 1, 2 or 4 bytes behind it. */
function readCount(bytes: Buffer, start: number): { count: number; end: number } {
  const info = at(bytes, start) & 0x1f;
  if (info < 24) return { count: info, end: start + 1 };
  const length = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : 0;
  if (length === 0 || start + 1 + length > bytes.length) throw new Error('CBOR with a strange length');
  return { count: bytes.readUIntBE(start + 1, length), end: start + 1 + length };
}

function at(bytes: Buffer, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new Error('CBOR that is cut off');
  return byte;
}
