/** Files in a `winmail.dat`: what Outlook wraps them in (TNEF, [MS-OXTNEF]). Read as far as it can be read, whatever it says of itself. */

export interface TnefFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Tnef {
  readonly files: readonly TnefFile[];
  /** Whether it ends before it says so, or holds more than is read. */
  readonly isBroken: boolean;
}

const SIGNATURE = 0x223e9f78;
const MAX_FILES = 1_000;
const MAX_PROPERTIES = 5_000;
/** Messages in each other. */
const MAX_DEPTH = 5;

/** [MS-OXTNEF] section 2.1.3.3. */
const ATTRIBUTES = {
  codepage: 0x00069007,
  /** Each file begins with it. */
  rendering: 0x00069002,
  title: 0x00018010,
  data: 0x0006800f,
  properties: 0x00069005,
} as const;

/** [MS-OXPROPS]. */
const PROPERTIES = { displayName: 0x3001, object: 0x3701, shortName: 0x3704, longName: 0x3707 } as const;

/** [MS-OXCDATA] section 2.11.1: bytes of one value, filled up to four. */
const FIXED: Readonly<Record<number, number>> = {
  ...{ 1: 0, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16 },
};
const STRING8 = 0x1e;
const UNICODE = 0x1f;
const OBJECT = 0x0d;
const VARIABLE: ReadonlySet<number> = new Set([STRING8, UNICODE, OBJECT, 0x102]);
const MANY = 0x1000;

/** What it has read so far stays, where there is no more. */
class Ended extends Error {}

/** Throws an Error where it is no TNEF at all. */
export function readTnef(bytes: Uint8Array<ArrayBuffer>): Tnef {
  const files: TnefFile[] = [];
  if (!isTnef(bytes)) throw new Error('This is no winmail.dat.');
  return { files, isBroken: !readInto(files, bytes, 0) };
}

function isTnef(bytes: Uint8Array): boolean {
  return bytes.length >= 6 && viewOf(bytes).getUint32(0, true) === SIGNATURE;
}

/** A file as far as it is known. */
interface Begun {
  title?: string;
  names: Map<number, string>;
  data?: Uint8Array<ArrayBuffer>;
  message?: Uint8Array<ArrayBuffer>;
}

/** Gives whether all of it was read. */
function readInto(files: TnefFile[], bytes: Uint8Array<ArrayBuffer>, depth: number): boolean {
  const reader = new Reader(bytes, 6);
  let decode = decoderOf(1252);
  let file: Begun | undefined;
  let isWhole = true;
  const end = () => {
    if (file !== undefined && !finish(files, file, depth)) isWhole = false;
    file = undefined;
  };
  try {
    while (!reader.isAtEnd) {
      reader.skip(1);
      const id = reader.u32();
      const value = reader.take(reader.u32());
      // The sum is of no use where what is wrong is shown as it is.
      reader.skip(2);
      if (id === ATTRIBUTES.codepage && value.length >= 4) decode = decoderOf(viewOf(value).getUint32(0, true));
      else if (id === ATTRIBUTES.rendering) {
        end();
        file = { names: new Map() };
      } else if (file !== undefined && id === ATTRIBUTES.title) file.title = decode(value);
      else if (file !== undefined && id === ATTRIBUTES.data) file.data = value;
      else if (file !== undefined && id === ATTRIBUTES.properties) readProperties(file, new Reader(value, 0), decode);
      if (files.length >= MAX_FILES) return false;
    }
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    isWhole = false;
  }
  end();
  return isWhole;
}

function finish(files: TnefFile[], { title, names, data, message }: Begun, depth: number): boolean {
  // Of a message within, its files; of one in a form of its own, the bytes.
  if (message !== undefined && isTnef(message)) return depth < MAX_DEPTH && readInto(files, message, depth + 1);
  const bytes = data ?? message;
  if (bytes === undefined) return true;
  if (files.length >= MAX_FILES) return false;
  const { longName, displayName, shortName } = PROPERTIES;
  const name = names.get(longName) ?? names.get(displayName) ?? title ?? names.get(shortName) ?? '';
  files.push({ name, bytes });
  return true;
}

/** [MS-OXTNEF] section 2.1.3.4. */
function readProperties(file: Begun, reader: Reader, decode: (bytes: Uint8Array) => string): void {
  const count = reader.u32();
  if (count > MAX_PROPERTIES) throw new Ended();
  for (let n = 0; n < count; n++) {
    const type = reader.u16();
    const id = reader.u16();
    if (id >= 0x8000) skipName(reader);
    const base = type & ~MANY;
    const isVariable = VARIABLE.has(base);
    const size = FIXED[base];
    if (!isVariable && size === undefined) throw new Ended();
    const values = isVariable || type !== base ? reader.u32() : 1;
    for (let v = 0; v < values; v++) {
      if (!isVariable) {
        // A count that is larger than what follows ends here, too.
        if (size === 0) return;
        reader.skip(size!);
        continue;
      }
      const value = reader.padded(reader.u32());
      if (base === OBJECT && id === PROPERTIES.object) file.message = value.subarray(16);
      else if (base === UNICODE) file.names.set(id, trimmed(new TextDecoder('utf-16le').decode(value)));
      else if (base === STRING8 && !file.names.has(id)) file.names.set(id, decode(value));
    }
  }
}

/** Of properties that have names: [MS-OXTNEF] section 2.1.3.4.1. */
function skipName(reader: Reader): void {
  reader.skip(16);
  if (reader.u32() === 0) reader.skip(4);
  else reader.padded(reader.u32());
}

function decoderOf(codepage: number): (bytes: Uint8Array) => string {
  const labels: Readonly<Record<number, string>> = { 932: 'shift_jis', 936: 'gbk', 949: 'euc-kr', 950: 'big5' };
  const label = labels[codepage] ?? (codepage === 65001 ? 'utf-8' : `windows-${codepage}`);
  let decoder = new TextDecoder('windows-1252');
  try {
    decoder = new TextDecoder(label);
  } catch {
    // A code page that browsers do not know.
  }
  return (bytes) => trimmed(decoder.decode(bytes));
}

function trimmed(text: string): string {
  return text.replace(/\0[\s\S]*$/, '');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Integers with the low byte first. Throws `Ended` behind the end. */
class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, at: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new Ended();
    this.#at += count;
    return at;
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  take(count: number): Uint8Array<ArrayBuffer> {
    const at = this.skip(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** What is filled up to four bytes; at the end it need not be. */
  padded(count: number): Uint8Array<ArrayBuffer> {
    const value = this.take(count);
    this.#at = Math.min(this.#bytes.length, this.#at + ((4 - (count % 4)) % 4));
    return value;
  }
}
