/**
 * A table of numbers in columns, ascending by its first column, cut in chunks that are shared between versions: a
 * changed version copies only the columns of the chunks that it changes. 100,000 placements are 4.4 MB and 98 chunks.
 *
 * Versions form one line: only the newest is edited, or one that is thrown away. That is why an append may write behind the
 * end of a buffer that an older version also holds: the older one never looks there.
 */

export type ColumnType = 'u32' | 'f64';
type Column = Uint32Array | Float64Array;

/** Rows in a full chunk. */
export const CHUNK_ROWS = 1024;

/** Where a chunk's bytes stand in a stored snapshot. */
export interface StoredAt {
  readonly blob: string;
  readonly offset: number;
  readonly length: number;
}

export interface Chunk {
  columns: Column[];
  rows: number;
  /** The edit that owns this object and may change it in place. */
  owner: Edit | undefined;
  /** Columns of this object that no other version shares, as bits. */
  private: number;
  /** Set while a snapshot holds exactly these rows. */
  stored: StoredAt | undefined;
  /** The highest value of a column, by column; kept until the chunk changes. */
  highest?: Map<number, number> | undefined;
  /** A column's values in ascending order with their rows, by column; kept until the chunk changes. */
  sorted?: Map<number, { readonly values: Float64Array; readonly rows: Uint16Array }> | undefined;
}

/** A token for one line of changes; see `Table.edit`. */
export class Edit {}

function allocate(type: ColumnType, length: number): Column {
  return type === 'u32' ? new Uint32Array(length) : new Float64Array(length);
}

function grow(column: Column, length: number): Column {
  const grown = column instanceof Uint32Array ? new Uint32Array(length) : new Float64Array(length);
  grown.set(column);
  return grown;
}

export class Table {
  readonly types: readonly ColumnType[];
  #chunks: Chunk[];
  /** Index of each chunk's first row. */
  #starts: number[];
  #length: number;
  readonly #edit: Edit | undefined;
  #hint = 0;
  /** Where the last key was found: the next one that is looked for is often the next in line. */
  #found = -1;

  private constructor(types: readonly ColumnType[], chunks: Chunk[], edit: Edit | undefined) {
    this.types = types;
    this.#chunks = chunks;
    this.#edit = edit;
    this.#starts = [];
    this.#length = 0;
    this.#count();
  }

  static empty(types: readonly ColumnType[]): Table {
    return new Table(types, [], undefined);
  }

  static of(types: readonly ColumnType[], chunks: readonly Chunk[]): Table {
    return new Table(types, [...chunks], undefined);
  }

  /** A version that may be changed under `edit`; this one stays as it is. */
  edit(edit: Edit): Table {
    return this.#edit === edit ? this : new Table(this.types, this.#chunks.slice(), edit);
  }

  get length(): number {
    return this.#length;
  }

  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** Bytes of memory behind this version. */
  get bytes(): number {
    let bytes = 0;
    for (const chunk of this.#chunks) for (const column of chunk.columns) bytes += column.byteLength;
    return bytes;
  }

  get(row: number, column: number): number {
    const c = this.#chunkOf(row);
    return this.#chunks[c]!.columns[column]![row - this.#starts[c]!]!;
  }

  /** A column's values in rows that are given by ascending index, each once. */
  values(rows: ArrayLike<number>, column: number): Float64Array {
    const values = new Float64Array(rows.length);
    let at = 0;
    for (const [c, from, to] of this.#spans(rows)) {
      values.set(this.#chunks[c]!.columns[column]!.subarray(from, to), at);
      at += to - from;
    }
    return values;
  }

  /** The indices of rows by ascending keys, each once; undefined where one of them is not there. */
  indices(keys: Float64Array): ArrayLike<number> | undefined {
    if (keys.length === 0) return [];
    const first = this.find(keys[0]!);
    const last = this.find(keys[keys.length - 1]!);
    if (first < 0 || last < 0) return undefined;
    if (last - first === keys.length - 1) {
      // Mostly the keys are neighbours.
      const rows = range(first, last);
      if (sameBytes(this.values(rows, 0), keys)) return rows;
    }
    const found = Uint32Array.from(keys, (key) => this.find(key) + 1);
    return found.includes(0) ? undefined : found.map((row) => row - 1);
  }

  /** Runs of rows that lie side by side in a chunk: the chunk, and where they begin and end in it. */
  *#spans(rows: ArrayLike<number>): Generator<readonly [chunk: number, from: number, to: number]> {
    const isRun = rows.length > 0 && rows[rows.length - 1]! - rows[0]! === rows.length - 1;
    for (let i = 0; i < rows.length; ) {
      const row = rows[i]!;
      const c = this.#chunkOf(row);
      const start = this.#starts[c]!;
      const end = start + this.#chunks[c]!.rows;
      let next = i + 1;
      if (isRun) next = Math.min(rows.length, i + end - row);
      else while (next < rows.length && rows[next] === row + next - i && rows[next]! < end) next++;
      yield [c, row - start, row - start + next - i];
      i = next;
    }
  }

  /** Index of the first row whose key is at or above `key`. */
  lowerBound(key: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle]!;
      if (chunk.columns[0]![chunk.rows - 1]! < key) low = middle + 1;
      else high = middle;
    }
    if (low === this.#chunks.length) return this.#length;
    const keys = this.#chunks[low]!.columns[0]!;
    let first = 0;
    let last = this.#chunks[low]!.rows;
    while (first < last) {
      const middle = (first + last) >> 1;
      if (keys[middle]! < key) first = middle + 1;
      else last = middle;
    }
    return this.#starts[low]! + first;
  }

  /** Index of the row with that key, or -1. */
  find(key: number): number {
    const next = this.#found + 1;
    const row = next < this.#length && this.get(next, 0) === key ? next : this.lowerBound(key);
    if (row >= this.#length || this.get(row, 0) !== key) return -1;
    this.#found = row;
    return row;
  }

  /** Indices of rows whose value in a column is above `value`, ascending. Chunks that have none are passed over. */
  rowsAbove(column: number, value: number): number[] {
    const rows: number[] = [];
    for (let c = 0; c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c]!;
      if (highestOf(chunk, column) <= value) continue;
      const values = chunk.columns[column]!;
      for (let row = 0; row < chunk.rows; row++) if (values[row]! > value) rows.push(this.#starts[c]! + row);
    }
    return rows;
  }

  /** Indices of rows that have exactly that value in a column, ascending. */
  rowsWith(column: number, value: number): number[] {
    const found: number[] = [];
    for (let c = 0; c < this.#chunks.length; c++) {
      const { values, rows } = sortedBy(this.#chunks[c]!, column);
      for (let i = lowerBoundOf(values, value); i < values.length && values[i] === value; i++) {
        found.push(this.#starts[c]! + rows[i]!);
      }
    }
    return found;
  }

  /** Adds a row behind the last; its key must be the highest. */
  append(values: readonly number[]): void {
    let c = this.#chunks.length - 1;
    if (c < 0 || this.#chunks[c]!.rows >= CHUNK_ROWS) {
      this.#chunks.push({
        columns: this.types.map((type) => allocate(type, 16)),
        rows: 0,
        owner: this.#edit,
        private: -1,
        stored: undefined,
      });
      this.#starts.push(this.#length);
      c += 1;
    }
    const chunk = this.#own(c);
    if (chunk.rows === chunk.columns[0]!.length) {
      const length = Math.min(CHUNK_ROWS, chunk.rows * 2);
      chunk.columns = chunk.columns.map((column) => grow(column, length));
      chunk.private = -1;
    }
    for (let i = 0; i < values.length; i++) chunk.columns[i]![chunk.rows] = values[i]!;
    chunk.rows += 1;
    this.#length += 1;
  }

  set(row: number, column: number, value: number): void {
    const c = this.#chunkOf(row);
    this.#ownColumn(c, column)[row - this.#starts[c]!] = value;
  }

  /** Gives all of these rows, by ascending index, the same value in a column. */
  fill(rows: ArrayLike<number>, column: number, value: number): void {
    for (const [c, from, to] of this.#spans(rows)) {
      this.#ownColumn(c, column).fill(value, from, to);
    }
  }

  /** Removes rows, given by ascending index. */
  remove(rows: readonly number[]): void {
    let at = 0;
    for (let c = 0; c < this.#chunks.length && at < rows.length; c++) {
      const start = this.#starts[c]!;
      const chunk = this.#chunks[c]!;
      if (rows[at]! >= start + chunk.rows) continue;
      const gone = new Set<number>();
      while (at < rows.length && rows[at]! < start + chunk.rows) gone.add(rows[at++]! - start);
      this.#chunks[c] = this.#without(chunk, gone);
    }
    this.#chunks = this.#merged(this.#chunks.filter((chunk) => chunk.rows > 0));
    this.#count();
  }

  #without(chunk: Chunk, gone: ReadonlySet<number>): Chunk {
    const rows = chunk.rows - gone.size;
    const columns = this.types.map((type) => allocate(type, Math.max(rows, 1)));
    let to = 0;
    for (let from = 0; from < chunk.rows; from++) {
      if (gone.has(from)) continue;
      for (let i = 0; i < columns.length; i++) columns[i]![to] = chunk.columns[i]![from]!;
      to += 1;
    }
    return { columns, rows, owner: this.#edit, private: -1, stored: undefined };
  }

  /** Joins neighbours that have become small. */
  #merged(chunks: readonly Chunk[]): Chunk[] {
    const merged: Chunk[] = [];
    for (const chunk of chunks) {
      const last = merged[merged.length - 1];
      if (last === undefined || last.rows + chunk.rows > CHUNK_ROWS / 2) {
        merged.push(chunk);
        continue;
      }
      const columns = this.types.map((type, i) => {
        const column = allocate(type, last.rows + chunk.rows);
        column.set(last.columns[i]!.subarray(0, last.rows));
        column.set(chunk.columns[i]!.subarray(0, chunk.rows), last.rows);
        return column;
      });
      merged[merged.length - 1] = {
        columns,
        rows: last.rows + chunk.rows,
        owner: this.#edit,
        private: -1,
        stored: undefined,
      };
    }
    return merged;
  }

  #own(c: number): Chunk {
    const chunk = this.#chunks[c]!;
    if (this.#edit === undefined) throw new Error('a table version that is in use cannot be changed');
    if (chunk.owner === this.#edit) {
      chunk.stored = undefined;
      chunk.highest = undefined;
      chunk.sorted = undefined;
      return chunk;
    }
    const own: Chunk = {
      columns: chunk.columns.slice(),
      rows: chunk.rows,
      owner: this.#edit,
      private: 0,
      stored: undefined,
    };
    this.#chunks[c] = own;
    return own;
  }

  #ownColumn(c: number, column: number): Column {
    const chunk = this.#own(c);
    if ((chunk.private & (1 << column)) === 0) {
      chunk.columns[column] = chunk.columns[column]!.slice();
      chunk.private |= 1 << column;
    }
    return chunk.columns[column]!;
  }

  #chunkOf(row: number): number {
    if (row < 0 || row >= this.#length) throw new RangeError(`no row ${row} in ${this.#length}`);
    const hint = this.#hint;
    const start = this.#starts[hint];
    if (start !== undefined && row >= start && row < start + this.#chunks[hint]!.rows) return hint;
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    this.#hint = low;
    return low;
  }

  #count(): void {
    this.#starts = [];
    this.#length = 0;
    this.#hint = 0;
    for (const chunk of this.#chunks) {
      this.#starts.push(this.#length);
      this.#length += chunk.rows;
    }
  }
}

function highestOf(chunk: Chunk, column: number): number {
  chunk.highest ??= new Map();
  let highest = chunk.highest.get(column);
  if (highest !== undefined) return highest;
  const values = chunk.columns[column]!;
  highest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < chunk.rows; row++) if (values[row]! > highest) highest = values[row]!;
  chunk.highest.set(column, highest);
  return highest;
}

/** From the first to the last, both included. */
export function range(first: number, last: number): Uint32Array {
  const rows = new Uint32Array(last - first + 1);
  for (let i = 0; i < rows.length; i++) rows[i] = first + i;
  return rows;
}

function sameBytes(a: Float64Array, b: Float64Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array) => Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

/** The values that occur, in the order of their first: few, in what they are asked for. */
export function distinct(values: Float64Array): number[] {
  const found: number[] = [];
  let last: number | undefined;
  for (const value of values) {
    if (value !== last && !found.includes(value)) found.push(value);
    last = value;
  }
  return found;
}

/** The same values keep their rows' order. */
function sortedBy(chunk: Chunk, column: number): { readonly values: Float64Array; readonly rows: Uint16Array } {
  chunk.sorted ??= new Map();
  let sorted = chunk.sorted.get(column);
  if (sorted !== undefined) return sorted;
  const unsorted = chunk.columns[column]!;
  const rows = Uint16Array.from({ length: chunk.rows }, (_, row) => row);
  rows.sort((a, b) => unsorted[a]! - unsorted[b]! || a - b);
  sorted = { values: Float64Array.from(rows, (row) => unsorted[row]!), rows };
  chunk.sorted.set(column, sorted);
  return sorted;
}

function lowerBoundOf(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A chunk as bytes: the columns one after the other, each as little-endian differences between neighbours where it is of
 * u32, as it stands where it is f64. Compressing is the caller's.
 */
export function encodeChunk(types: readonly ColumnType[], chunk: Chunk): Uint8Array {
  const size = types.reduce((sum, type) => sum + (type === 'u32' ? 4 : 8), 0) * chunk.rows;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let i = 0; i < types.length; i++) {
    const column = chunk.columns[i]!;
    let before = 0;
    for (let row = 0; row < chunk.rows; row++) {
      const value = column[row]!;
      if (types[i] === 'u32') {
        view.setUint32(at, (value - before) >>> 0, true);
        at += 4;
      } else {
        view.setFloat64(at, value - before, true);
        at += 8;
      }
      before = value;
    }
  }
  return bytes;
}

/** The chunk that `encodeChunk` wrote. */
export function decodeChunk(types: readonly ColumnType[], bytes: Uint8Array, rows: number, stored: StoredAt): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const columns = types.map((type) => {
    const column = allocate(type, rows);
    let value = 0;
    for (let row = 0; row < rows; row++) {
      if (type === 'u32') {
        value = (value + view.getUint32(at, true)) >>> 0;
        at += 4;
      } else {
        value += view.getFloat64(at, true);
        at += 8;
      }
      column[row] = value;
    }
    return column;
  });
  return { columns, rows, owner: undefined, private: 0, stored };
}
