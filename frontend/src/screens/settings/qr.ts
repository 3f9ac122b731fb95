/** QR codes (ISO/IEC 18004) of bytes, at error correction level M, to version 20: more than any `otpauth:` address needs. */

/** By version, from 1: codewords of error correction in each block, and blocks. */
const EC_LENGTH = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
/** Level M, as format information has it. */
const LEVEL = 0b00;
const MASK_0_OF_FORMAT = 0x5412;

type Modules = Uint8Array[];

/** Rows of dark (1) and light (0) modules, without the quiet zone. Throws where the text is longer than some 660 bytes. */
export function qrCode(text: string): readonly (readonly number[])[] {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const codewords = withCorrection(dataCodewords(bytes, version), version);
  const size = 17 + 4 * version;
  const fixed = blank(size);
  const base = blank(size);
  drawFunctions(base, fixed, version);
  drawData(base, fixed, codewords);
  let best: Modules | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let mask = 0; mask < 8; mask++) {
    const one = base.map((row) => row.slice());
    applyMask(one, fixed, mask);
    drawFormat(one, mask);
    const score = penalty(one);
    if (score < least) [best, least] = [one, score];
  }
  return best!.map((row) => [...row]);
}

/** The same as one path of a drawing whose unit is a module, with the quiet zone of four modules. */
export function qrPath(text: string): { readonly size: number; readonly path: string } {
  const rows = qrCode(text);
  const path = rows
    .flatMap((row, y) => row.map((dark, x) => (dark === 1 ? `M${x + 4} ${y + 4}h1v1h-1z` : '')))
    .join('');
  return { size: rows.length + 8, path };
}

function versionFor(length: number): number {
  for (let version = 1; version <= EC_LENGTH.length; version++) {
    const bits = 4 + (version < 10 ? 8 : 16) + 8 * length;
    if (bits <= 8 * dataLength(version)) return version;
  }
  throw new RangeError(`${length} bytes do not fit into a code`);
}

/** Modules that carry data, in whole codewords. */
export function totalCodewords(version: number): number {
  const size = 17 + 4 * version;
  const alignments = alignmentCentres(version).length;
  // Finders with separators, timing, format with its dark module; alignments, of which some lie on the timing; version.
  let modules = size * size - 3 * 64 - 2 * (size - 16) - 31;
  if (alignments > 0) modules -= 25 * (alignments * alignments - 3) - 2 * 5 * (alignments - 2);
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

function dataLength(version: number): number {
  return totalCodewords(version) - EC_LENGTH[version - 1]! * BLOCKS[version - 1]!;
}

function dataCodewords(bytes: Uint8Array, version: number): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let at = length - 1; at >= 0; at--) bits.push((value >>> at) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  const data = new Uint8Array(dataLength(version));
  put(0, Math.min(4, data.length * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  bits.forEach((bit, at) => {
    data[at >> 3]! |= bit << (7 - (at & 7));
  });
  for (let at = bits.length / 8, pad = 0xec; at < data.length; at++, pad ^= 0xec ^ 0x11) data[at] = pad;
  return data;
}

/** Blocks of nearly equal length, the short ones first, interleaved with their error correction. */
function withCorrection(data: Uint8Array, version: number): Uint8Array {
  const count = BLOCKS[version - 1]!;
  const ecLength = EC_LENGTH[version - 1]!;
  const short = Math.floor(data.length / count);
  const long = data.length % count;
  const generator = generatorOf(ecLength);
  const blocks: Uint8Array[] = [];
  for (let index = 0, at = 0; index < count; index++) {
    const length = short + (index >= count - long ? 1 : 0);
    blocks.push(data.subarray(at, at + length));
    at += length;
  }
  const corrections = blocks.map((block) => remainder(block, generator));
  const result: number[] = [];
  for (let at = 0; at <= short; at++) for (const block of blocks) if (at < block.length) result.push(block[at]!);
  for (let at = 0; at < ecLength; at++) for (const block of corrections) result.push(block[at]!);
  return Uint8Array.from(result);
}

/** In GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
export function times(a: number, b: number): number {
  let product = 0;
  for (let left = a, right = b; right > 0; right >>= 1) {
    if ((right & 1) === 1) product ^= left;
    left = (left << 1) ^ (left >= 128 ? 0x11d : 0);
  }
  return product;
}

/** Coefficients below the highest, which is 1. */
function generatorOf(degree: number): Uint8Array {
  let polynomial = [1];
  for (let power = 0, root = 1; power < degree; power++, root = times(root, 2)) {
    const next = [...polynomial, 0];
    polynomial.forEach((coefficient, at) => {
      next[at + 1]! ^= times(coefficient, root);
    });
    polynomial = next;
  }
  return Uint8Array.from(polynomial.slice(1));
}

function remainder(block: Uint8Array, generator: Uint8Array): Uint8Array {
  const rest = new Uint8Array(generator.length);
  for (const byte of block) {
    const factor = byte ^ rest[0]!;
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    generator.forEach((coefficient, at) => {
      rest[at]! ^= times(coefficient, factor);
    });
  }
  return rest;
}

function blank(size: number): Modules {
  return Array.from({ length: size }, () => new Uint8Array(size));
}

export function alignmentCentres(version: number): readonly number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = 4 * version + 10;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  const centres = [6];
  for (let index = count - 2; index >= 0; index--) centres.push(last - index * step);
  return centres;
}

/** Everything that is the same for every text of a version; `fixed` says where it is. */
function drawFunctions(modules: Modules, fixed: Modules, version: number): void {
  const size = modules.length;
  const set = (x: number, y: number, dark: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    modules[y]![x] = dark ? 1 : 0;
    fixed[y]![x] = 1;
  };
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const) {
    for (let y = -1; y <= 7; y++) {
      for (let x = -1; x <= 7; x++) {
        const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
        set(left + x, top + y, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = alignmentCentres(version);
  const last = centres.length - 1;
  centres.forEach((cx, i) => {
    centres.forEach((cy, j) => {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
      for (let y = -2; y <= 2; y++) {
        for (let x = -2; x <= 2; x++) set(cx + x, cy + y, Math.max(Math.abs(x), Math.abs(y)) !== 1);
      }
    });
  });
  // Their places are kept free; drawFormat fills them.
  for (let at = 0; at < 9; at++) {
    if (at !== 6) {
      set(8, at, false);
      set(at, 8, false);
    }
    if (at < 8) {
      set(size - 1 - at, 8, false);
      set(8, size - 1 - at, false);
    }
  }
  if (version < 7) return;
  let rest = version;
  for (let index = 0; index < 12; index++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let at = 0; at < 18; at++) {
    const dark = ((bits >>> at) & 1) === 1;
    const [far, near] = [size - 11 + (at % 3), Math.floor(at / 3)];
    set(far, near, dark);
    set(near, far, dark);
  }
}

function drawFormat(modules: Modules, mask: number): void {
  const size = modules.length;
  const data = (LEVEL << 3) | mask;
  let rest = data;
  for (let index = 0; index < 10; index++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ MASK_0_OF_FORMAT;
  for (let at = 0; at < 15; at++) {
    const dark = (bits >>> at) & 1;
    // Around the first finder, past the timing; and again beside the two others.
    if (at < 8) {
      modules[at < 6 ? at : at + 1]![8] = dark;
      modules[8]![size - 1 - at] = dark;
    } else {
      modules[8]![at === 8 ? 7 : 14 - at] = dark;
      modules[size - 15 + at]![8] = dark;
    }
  }
  modules[size - 8]![8] = 1;
}

/** In columns of two from the right, up and down by turns, past the vertical timing. */
function drawData(modules: Modules, fixed: Modules, codewords: Uint8Array): void {
  const size = modules.length;
  let at = 0;
  for (let right = size - 1, upward = true; right > 0; right -= 2, upward = !upward) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y]![x] === 1) continue;
        if (at < codewords.length * 8) modules[y]![x] = (codewords[at >> 3]! >> (7 - (at & 7))) & 1;
        at += 1;
      }
    }
  }
}

export const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function applyMask(modules: Modules, fixed: Modules, mask: number): void {
  const isInverted = MASKS[mask]!;
  modules.forEach((row, y) => {
    row.forEach((_, x) => {
      if (fixed[y]![x] === 0 && isInverted(x, y)) row[x]! ^= 1;
    });
  });
}

/** How hard a code is to read: the mask with the least is taken. */
function penalty(modules: Modules): number {
  const size = modules.length;
  const columns = modules.map((_, x) => modules.map((row) => row[x]!));
  let score = 0;
  for (const line of [...modules, ...columns]) {
    const text = [...line].join('');
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) score += run.length - 2;
    for (const pattern of ['10111010000', '00001011101']) {
      for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + 1)) score += 40;
    }
  }
  let dark = 0;
  modules.forEach((row, y) => {
    row.forEach((module, x) => {
      dark += module;
      const [right, below, across] = [row[x + 1], modules[y + 1]?.[x], modules[y + 1]?.[x + 1]];
      if (module === right && module === below && module === across) score += 3;
    });
  });
  return score + 10 * Math.floor(Math.abs((dark * 20) / (size * size) - 10));
}
