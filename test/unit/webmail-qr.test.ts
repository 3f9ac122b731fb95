/** QR codes (ISO/IEC 18004), read back by the other way round: unmasked, de-interleaved, checked, and decoded. */
import { describe, expect, test } from 'vitest';
import { beginOf, dayOf, lastDayBefore } from '../../frontend/src/screens/settings/days.ts';
import {
  alignmentCentres,
  MASKS,
  qrCode,
  qrPath,
  times,
  totalCodewords,
} from '../../frontend/src/screens/settings/qr.ts';

/** By version: correction codewords of a block, blocks (table 9, level M). */
const BLOCKS: Readonly<Record<number, readonly [number, number]>> = {
  1: [10, 1],
  5: [24, 2],
  7: [18, 4],
  10: [26, 5],
  14: [24, 9],
  20: [26, 16],
};

/** Reads a code of level M without errors. */
function read(rows: readonly (readonly number[])[]): string {
  const size = rows.length;
  const version = (size - 17) / 4;
  const format = [...Array(15).keys()].reduce((bits, at) => {
    const [x, y] = at < 8 ? [8, at < 6 ? at : at + 1] : [at === 8 ? 7 : 14 - at, 8];
    return bits | (rows[y]![x]! << at);
  }, 0);
  const plain = (format ^ 0x5412) >>> 10;
  expect(plain >>> 3).toBe(0);
  const isInverted = MASKS[plain & 7]!;
  const centres = alignmentCentres(version);
  const isFixed = (x: number, y: number) => {
    if (x === 6 || y === 6) return true;
    if ((x < 9 && y < 9) || (x >= size - 8 && y < 9) || (x < 9 && y >= size - 8)) return true;
    if (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11))) return true;
    const near = (at: number) => centres.find((centre) => Math.abs(centre - at) <= 2);
    const [cx, cy] = [near(x), near(y)];
    if (cx === undefined || cy === undefined) return false;
    const last = size - 7;
    return !((cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6));
  };
  const bits: number[] = [];
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) if (!isFixed(x, y)) bits.push(rows[y]![x]! ^ (isInverted(x, y) ? 1 : 0));
    }
  }
  const words = Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(8 * at, 8 * at + 8).join(''), 2),
  );
  expect(words).toHaveLength(totalCodewords(version));
  const [correction, count] = BLOCKS[version]!;
  const data = words.length - correction * count;
  const blocks: number[][] = Array.from({ length: count }, () => []);
  const short = Math.floor(data / count);
  let at = 0;
  for (let row = 0; row <= short; row++) {
    for (let block = 0; block < count; block++) {
      if (row < short || block >= count - (data % count)) blocks[block]!.push(words[at++]!);
    }
  }
  const whole = blocks.map((block) => [...block]);
  for (let row = 0; row < correction; row++) for (const block of whole) block.push(words[at++]!);
  // Each root of the generator is a root of every block.
  for (const block of whole) {
    for (let power = 0, root = 1; power < correction; power++, root = times(root, 2)) {
      expect(block.reduce((sum, word) => times(sum, root) ^ word, 0)).toBe(0);
    }
  }
  const stream = blocks
    .flat()
    .flatMap((word) => [...word.toString(2).padStart(8, '0')])
    .join('');
  expect(stream.slice(0, 4)).toBe('0100');
  const head = version < 10 ? 12 : 20;
  const length = Number.parseInt(stream.slice(4, head), 2);
  const bytes = Array.from({ length }, (_, at) => Number.parseInt(stream.slice(head + 8 * at, head + 8 * at + 8), 2));
  return Buffer.from(bytes).toString();
}

describe('a QR code says what it was made of', () => {
  const uri = 'otpauth://totp/mail.example.test:alice%40example.test?secret=JBSWY3DPEHPK3PXP&issuer=mail';
  test.each([
    [1, 'HELLO'],
    [5, uri.slice(0, 80)],
    [7, 'Grüße, '.repeat(13)],
    [10, 'x'.repeat(200)],
    [14, uri.repeat(4).slice(0, 350)],
    [20, 'y'.repeat(650)],
  ])('of version %i', (version, text) => {
    const rows = qrCode(text);
    expect(rows.length).toBe(17 + 4 * version);
    expect(read(rows)).toBe(text);
  });

  test('and says where it does not fit', () => {
    expect(() => qrCode('x'.repeat(700))).toThrow(RangeError);
  });

  test('with room around it, as one path', () => {
    const { size, path } = qrPath('HELLO');
    expect(size).toBe(29);
    expect(path.startsWith('M4 4h1v1h-1z')).toBe(true);
  });
});

test('days are whole days where the user is', () => {
  expect(dayOf(beginOf('2026-07-01'))).toBe('2026-07-01');
  // The last day is included: the time that is not is the next day's beginning.
  expect(lastDayBefore(beginOf('2026-07-31', 1))).toBe('2026-07-31');
  expect(Date.parse(beginOf('2026-07-31', 1)!) - Date.parse(beginOf('2026-07-31')!)).toBe(86_400_000);
  expect([dayOf(null), lastDayBefore(null), beginOf('')]).toEqual(['', '', null]);
});
