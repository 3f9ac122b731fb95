/** Makes TNEF as Outlook does ([MS-OXTNEF]), for tests. */

interface Made {
  readonly title?: string;
  /** As a property, in Unicode. */
  readonly longName?: string;
  readonly data?: Uint8Array;
  /** A message within, itself TNEF. */
  readonly message?: Uint8Array;
}

const u16 = (n: number) => Buffer.from([n & 0xff, (n >> 8) & 0xff]);
function u32(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
}

export function tnef(files: readonly Made[], codepage = 1252): Buffer {
  return Buffer.concat([
    u32(0x223e9f78),
    u16(1),
    attribute(1, 0x00089006, u32(0x00010000)),
    attribute(1, 0x00069007, Buffer.concat([u32(codepage), u32(0)])),
    attribute(1, 0x00078008, Buffer.from('IPM.Microsoft Mail.Note\0')),
    ...files.flatMap(({ title, longName, data, message }) => [
      attribute(2, 0x00069002, Buffer.alloc(14)),
      ...(title === undefined ? [] : [attribute(2, 0x00018010, Buffer.from(`${title}\0`, 'latin1'))]),
      ...(data === undefined ? [] : [attribute(2, 0x0006800f, data)]),
      attribute(2, 0x00069005, properties(longName, message)),
    ]),
  ]);
}

function attribute(level: number, id: number, value: Uint8Array): Buffer {
  const sum = value.reduce((all, byte) => (all + byte) & 0xffff, 0);
  return Buffer.concat([Buffer.from([level]), u32(id), u32(value.length), value, u16(sum)]);
}

function properties(longName: string | undefined, message: Uint8Array | undefined): Buffer {
  const all = [
    // PR_ATTACH_SIZE, PR_RENDERING_POSITION; a named one; a list of two.
    Buffer.concat([u16(0x0003), u16(0x0e20), u32(1)]),
    Buffer.concat([
      u16(0x000b),
      u16(0x8001),
      Buffer.alloc(16),
      u32(1),
      u32(6),
      Buffer.from('a\0b\0\0\0'),
      u16(0),
      u32(1),
    ]),
    Buffer.concat([u16(0x1003), u16(0x6001), u32(2), u32(7), u32(8)]),
  ];
  if (longName !== undefined) {
    const name = Buffer.from(`${longName}\0`, 'utf16le');
    all.push(Buffer.concat([u16(0x001f), u16(0x3707), u32(1), u32(name.length), filled(name)]));
  }
  if (message !== undefined) {
    const value = Buffer.concat([Buffer.alloc(16), message]);
    all.push(Buffer.concat([u16(0x000d), u16(0x3701), u32(1), u32(value.length), filled(value)]));
  }
  return Buffer.concat([u32(all.length), ...all]);
}

function filled(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
