type Json = Record<string, unknown>;

/** Columns as they are written, and what a card has there. */
const COLUMNS: readonly (readonly [name: string, read: (card: Json) => string | undefined])[] = [
  ['Name', ({ name }) => (name as Json | undefined)?.full as string | undefined],
  ['Given Name', (card) => component(card, 'given')],
  ['Family Name', (card) => component(card, 'surname')],
  ['Nickname', (card) => nth(card, 'nicknames', 'name', 0)],
  ['Organization', (card) => nth(card, 'organizations', 'name', 0)],
  ['Job Title', (card) => nth(card, 'titles', 'name', 0)],
  ['E-mail Address', (card) => nth(card, 'emails', 'address', 0)],
  ['E-mail 2 Address', (card) => nth(card, 'emails', 'address', 1)],
  ['E-mail 3 Address', (card) => nth(card, 'emails', 'address', 2)],
  ['Mobile Phone', (card) => phone(card, true, 0)],
  ['Phone', (card) => phone(card, false, 0)],
  ['Phone 2', (card) => phone(card, false, 1)],
  ['Address', (card) => address(card)],
  ['Web Page', (card) => nth(card, 'links', 'uri', 0)],
  ['Notes', (card) => nth(card, 'notes', 'note', 0)],
];

/** What other programs call the columns, as far as they can be told (Outlook's, Google's and Thunderbird's exports), in lower case. */
const NAMES: readonly (readonly [RegExp, (card: Json, value: string) => void])[] = [
  [/^(name|display name|full name|file as)$/, (card, full) => void (card.name = { ...(card.name as Json), full })],
  [/^(given name|first name)$/, (card, value) => addComponent(card, 'given', value)],
  [/^(additional name|middle name)$/, (card, value) => addComponent(card, 'given2', value)],
  [/^(family name|last name|surname)$/, (card, value) => addComponent(card, 'surname', value)],
  [/^nick ?name$/, (card, name) => add(card, 'nicknames', { name })],
  [/^(organi[sz]ation( 1 - name| name)?|company)$/, (card, name) => add(card, 'organizations', { name })],
  [/^(job ?title|title|organization( 1 -)? title)$/, (card, name) => add(card, 'titles', { kind: 'title', name })],
  [
    /^(e-?mail( \d)?( - value| address)?|e-mail \d address|primary email|secondary email)$/,
    (card, address) => add(card, 'emails', { address }),
  ],
  [
    /^(mobile( phone| number)?|cellular( number)?)$/,
    (card, number) => add(card, 'phones', { number, features: { mobile: true } }),
  ],
  [/^(home|work|business) phone( 2)?$/, (card, number) => add(card, 'phones', { number })],
  [/^(phone( \d)?( - value)?|telephone|primary phone)$/, (card, number) => add(card, 'phones', { number })],
  [
    /^(address( \d)?( - formatted)?|home address|business address|work address)$/,
    (card, full) => add(card, 'addresses', { full }),
  ],
  [
    /^(web ?page( \d)?|website( \d)?( - value)?|url)$/,
    (card, uri) => {
      if (/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(uri)) add(card, 'links', { uri });
    },
  ],
  [/^notes?$/, (card, note) => add(card, 'notes', { note })],
  [
    /^(birthday|birth date)$/,
    (card, value) => {
      const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? [];
      if (year !== undefined) {
        const date = { '@type': 'PartialDate', year: Number(year), month: Number(month), day: Number(day) };
        add(card, 'anniversaries', { kind: 'birth', date });
      }
    },
  ],
];

const MAX_ROWS = 100_000;

/** The cards of a table of comma-separated values (RFC 4180) with names in its first line; rows that say nothing are left out. */
export function readCsv(text: string, uid: () => string): readonly Json[] {
  const [head, ...rows] = parseCsv(text);
  if (head === undefined) return [];
  const writers = writersOf(head);
  return rows.flatMap((row) => {
    const card = cardOf(writers, row);
    return card === undefined ? [] : [{ ...card, uid: uid() }];
  });
}

type Writer = ((card: Json, value: string) => void) | undefined;

/** What becomes of each column; undefined: nothing is known of its name. */
export function writersOf(head: readonly string[]): readonly Writer[] {
  return head.map((name) => NAMES.find(([pattern]) => pattern.test(name.trim().toLowerCase()))?.[1]);
}

/** A row as a card without a uid; undefined where it says nothing. */
export function cardOf(writers: readonly Writer[], row: readonly string[]): Json | undefined {
  const card: Json = { '@type': 'Card', version: '1.0' };
  row.forEach((value, i) => {
    if (value.trim() !== '') writers[i]?.(card, value.trim().toWellFormed());
  });
  return Object.keys(card).length === 2 ? undefined : card;
}

/** Cards as a table that other programs read. Nothing in it can be taken for a formula. */
export function writeCsv(cards: Iterable<Readonly<Json>>): string {
  const lines = [COLUMNS.map(([name]) => name).join(',')];
  for (const card of cards) lines.push(COLUMNS.map(([, read]) => cell(read(card) ?? '')).join(','));
  return lines.map((line) => `${line}\r\n`).join('');
}

function cell(value: string): string {
  // A spreadsheet runs what begins so; a telephone number does no harm.
  const safe = /^[=@\t\r]|^[+-](?![\d\s().-]*$)/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180 section 2; a separator of semicolons too, where the first line has more of them. */
export function parseCsv(text: string): string[][] {
  return parseRows(text).map(({ cells }) => cells);
}

/** The same, each with the line on which it begins, from 1. */
export function parseRows(text: string): { readonly line: number; readonly cells: string[] }[] {
  const plain = text.replace(/^\ufeff/, '');
  const first = /^[^\r\n]*/.exec(plain)![0];
  const separator = first.split(';').length > first.split(',').length ? ';' : ',';
  const rows: { line: number; cells: string[] }[] = [];
  let line = 1;
  let begin = 1;
  let row: string[] = [];
  let value = '';
  let isQuoted = false;
  const endRow = () => {
    row.push(value);
    value = '';
    if (row.length > 1 || row[0] !== '') rows.push({ line: begin, cells: row });
    row = [];
    begin = line;
  };
  for (let i = 0; i < plain.length && rows.length <= MAX_ROWS; i++) {
    const character = plain[i]!;
    if (character === '\n') line++;
    if (isQuoted) {
      if (character !== '"') value += character;
      else if (plain[i + 1] === '"') {
        value += '"';
        i++;
      } else isQuoted = false;
    } else if (character === '"' && value === '') isQuoted = true;
    else if (character === separator) {
      row.push(value);
      value = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') value += character;
  }
  if (value !== '' || row.length > 0) endRow();
  return rows;
}

function add(card: Json, property: string, entry: Json): void {
  const map = (card[property] ?? {}) as Json;
  card[property] = { ...map, [`k${Object.keys(map).length + 1}`]: entry };
}

function addComponent(card: Json, kind: string, value: string): void {
  const name = (card.name ?? {}) as Json;
  card.name = { ...name, components: [...((name.components ?? []) as Json[]), { kind, value }] };
}

function component({ name }: Json, kind: string): string | undefined {
  const all = ((name as Json | undefined)?.components ?? []) as readonly { kind: string; value: string }[];
  return all
    .filter((one) => one.kind === kind)
    .map(({ value }) => value)
    .join(' ');
}

function nth(card: Json, property: string, member: string, n: number): string | undefined {
  return (Object.values((card[property] ?? {}) as Json)[n] as Json | undefined)?.[member] as string | undefined;
}

function phone({ phones }: Json, isMobile: boolean, n: number): string | undefined {
  const all = Object.values((phones ?? {}) as Readonly<Record<string, { number: string; features?: Json }>>);
  return all.filter(({ features }) => (features?.mobile === true) === isMobile)[n]?.number;
}

function address({ addresses }: Json): string | undefined {
  const [first] = Object.values(
    (addresses ?? {}) as Readonly<Record<string, { full?: string; components?: { value: string }[] }>>,
  );
  return first?.full ?? first?.components?.map(({ value }) => value).join(', ');
}
