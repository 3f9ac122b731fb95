import type { AccountChange } from '../directory/accounts.ts';
import { formatAddress } from '../directory/address.ts';
import type { AccountItem } from '../directory/items.ts';
import { Refused } from '../refused.ts';
import { type CsvRecord, guard, readCsv, unguard } from './csv.ts';
import type { AdminDeps } from './deps.ts';

/** What CSV can hold: `columns` of the header, in any order; those not needed may be left out, and so may their cells. */
export interface Table {
  readonly columns: readonly string[];
  readonly needed: readonly string[];
  /** The operation of the API that one row stands for, and its body. */
  readonly path: string;
  readonly body: (row: Row) => Record<string, unknown>;
  /** Throws `Refused` where that operation would. */
  readonly check: (deps: AdminDeps, row: Row) => Promise<unknown>;
  /** All of a domain, as rows. */
  readonly rows: (deps: AdminDeps, domain: string) => AsyncIterable<Row>;
}

/** Cells by column; empty ones are not there. */
export type Row = Readonly<Record<string, string | undefined>>;

const ACCOUNT_SETTINGS = { quota: 'accounts.quota', maxMessages: 'accounts.maxMessages' } as const;
const ACCOUNT_SWITCHES = { imap: 'accounts.imap', pop3: 'accounts.pop3' } as const;

const list = (cell: string | undefined) => (cell ?? '').split(/[\s;]+/).filter((each) => each !== '');

export const TABLES = {
  accounts: {
    // A password is read, and never written.
    columns: ['address', 'password', 'displayName', 'quota', 'maxMessages', 'imap', 'pop3', 'enabled'],
    needed: ['address'],
    path: '/accounts',
    body: (row) => ({ ...row }),
    check: ({ directory }, { address = '', password, enabled: _, ...change }) =>
      directory.accounts.check(address, password, change as AccountChange),
    async *rows({ directory }, domain) {
      for await (const item of directory.accounts.own(domain)) yield accountRow(item);
    },
  },
  aliases: {
    columns: ['address', 'targets'],
    needed: ['address', 'targets'],
    path: '/aliases',
    body: ({ address, targets }) => ({ address, targets: list(targets) }),
    check: ({ directory }, { address = '', targets }) => directory.aliases.check(address, list(targets)),
    async *rows({ directory }, domain) {
      for await (const { address, targets } of directory.aliases.list(domain)) {
        yield { address, targets: targets.join(' ') };
      }
    },
  },
  groups: {
    columns: ['address', 'name', 'members'],
    needed: ['address', 'members'],
    path: '/groups',
    body: ({ address, name, members }) => ({ address, name, members: list(members) }),
    check: ({ directory }, { address = '', name, members }) => directory.groups.check(address, list(members), name),
    async *rows({ directory }, domain) {
      for await (const { address, name, members } of directory.groups.list(domain)) {
        yield { address, name, members: members.join(' ') };
      }
    },
  },
} as const satisfies Readonly<Record<string, Table>>;

function accountRow(item: AccountItem): Row {
  const set = (key: string) => (Object.hasOwn(item.settings, key) ? item.settings[key] : undefined);
  const row: Record<string, string | undefined> = { address: formatAddress(item), displayName: item.displayName };
  for (const [column, key] of Object.entries(ACCOUNT_SETTINGS)) {
    const value = set(key);
    row[column] = value === undefined ? undefined : value === null ? 'none' : String(value);
  }
  for (const [column, key] of Object.entries(ACCOUNT_SWITCHES)) {
    const value = set(key);
    row[column] = value === undefined ? undefined : value === true ? 'on' : 'off';
  }
  row.enabled = item.enabled ? 'on' : 'off';
  return row;
}

/** A row of an import, or what is wrong with it. */
export type Read = { readonly line: number } & ({ readonly row: Row } | { readonly refused: Refused });

/** Rows below a header. Refused as a whole where the header is wrong; `limit`: rows at most. `shift` is added to line numbers. */
export async function readRows(table: Table, text: string, limit: number, shift: number): Promise<readonly Read[]> {
  let header: readonly string[] | undefined;
  const rows: Read[] = [];
  for await (const record of readCsv([text])) {
    if (header === undefined) {
      header = readHeader(table, record);
      continue;
    }
    if (rows.length === limit) throw new Refused('limit', `One request has at most ${limit} rows.`);
    rows.push(readRow(table, header, { ...record, line: record.line + shift }));
  }
  if (header === undefined) throw new Refused('invalid', `There is no header line: ${table.columns.join(',')}`);
  return rows;
}

function readHeader({ columns, needed }: Table, { cells }: CsvRecord): readonly string[] {
  const header = cells.map((cell) => {
    const name = cell.trim();
    const known = columns.find((column) => column.toLowerCase() === name.toLowerCase());
    if (known !== undefined) return known;
    throw new Refused(
      'invalid',
      `There is no column "${name.slice(0, 60)}". Columns, with commas between: ${columns.join(',')}`,
    );
  });
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) throw new Refused('invalid', `The column ${twice} is there twice.`);
  const missing = needed.filter((name) => !header.includes(name));
  if (missing.length > 0) throw new Refused('invalid', `The column ${missing.join(', ')} is missing.`);
  return header;
}

function readRow({ needed }: Table, header: readonly string[], { line, cells }: CsvRecord): Read {
  if (cells.length !== header.length) {
    const why = `There are ${cells.length} cells, and the header has ${header.length}.`;
    return { line, refused: new Refused('invalid', why) };
  }
  const pairs = header.flatMap((name, i): [string, string][] => {
    // A password is what it is, space and all.
    const cell = name === 'password' ? cells[i]! : unguard(cells[i]!).trim();
    return cell === '' ? [] : [[name, cell]];
  });
  const row: Row = Object.fromEntries(pairs);
  const empty = needed.find((name) => row[name] === undefined);
  return empty === undefined ? { line, row } : { line, refused: new Refused('invalid', `The cell ${empty} is empty.`) };
}

/** The columns that are written, and a row's cells in their order. */
export function exported(table: Table): { readonly header: readonly string[]; cells(row: Row): string[] } {
  const header = table.columns.filter((column) => column !== 'password');
  return { header, cells: (row) => header.map((column) => guard(row[column] ?? '')) };
}
