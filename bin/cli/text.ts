import stringWidth from 'string-width';

/** What a command prints: text as it is, or data that is laid out for the terminal that it comes to. */
export type Piece = string | Table | Fields;

/** Columns as wide as they need to be. The first is what people copy from: it is shortened last. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A line above it. */
  readonly title?: string;
}

/** `name  value` lines; those without a value are left out. */
export interface Fields {
  readonly fields: readonly (readonly [name: string, value: string | undefined])[];
}

export function table(head: readonly string[], rows: readonly (readonly string[])[], title?: string): Table {
  return { head, rows, ...(title === undefined ? {} : { title }) };
}

export function fields(pairs: Fields['fields']): Fields {
  return { fields: pairs };
}

const GAP = 2;
/** A column is not made narrower than this. */
const NARROWEST = 6;

/** Lays pieces out, with an empty line between them. `columns`: of the terminal; absent: as wide as it comes. */
export function render(pieces: Piece | readonly Piece[], columns?: number): string {
  return asList(pieces)
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      return 'fields' in piece ? renderFields(piece) : renderTable(piece, columns);
    })
    .join('\n\n');
}

function asList(pieces: Piece | readonly Piece[]): readonly Piece[] {
  return Array.isArray(pieces) ? pieces : [pieces as Piece];
}

function renderFields({ fields }: Fields): string {
  const known = fields.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...known.map(([name]) => stringWidth(name)));
  return known.map(([name, value]) => `${pad(name, width)}  ${printable(value)}`).join('\n');
}

function renderTable({ head, rows, title }: Table, columns: number | undefined): string {
  const lines = [head, ...rows].map((row) => head.map((_, i) => printable(row[i] ?? '')));
  const widths = widthsFor(
    head.map((_, i) => Math.max(...lines.map((line) => stringWidth(line[i]!)))),
    columns,
  );
  const text = lines.map((line) =>
    line
      .map((cell, i) => pad(shorten(cell, widths[i]!), widths[i]!))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
  return [...(title === undefined ? [] : [title]), ...text].join('\n');
}

/** Takes columns from the widest until all fit; from the first only when the others have no more to give. */
function widthsFor(widths: readonly number[], columns: number | undefined): readonly number[] {
  if (columns === undefined) return widths;
  const fitted = [...widths];
  let over = fitted.reduce((sum, width) => sum + width + GAP, -GAP) - columns;
  for (const from of [1, 0]) {
    while (over > 0) {
      const widest = fitted.reduce((best, width, i) => (i >= from && width > (fitted[best] ?? 0) ? i : best), from);
      if ((fitted[widest] ?? 0) <= NARROWEST) break;
      fitted[widest]!--;
      over--;
    }
  }
  return fitted;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** At most so many columns of it, never half a character; what was cut off shows as an ellipsis. */
function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of SEGMENTS.segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** What others wrote (names, replies of servers) moves no cursor and sets no colour. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

export function bytes(count: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10}${units[unit]}`;
}

export function date(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 16);
}

export function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}
