import * as z from 'zod';
import { readBody } from '../../http.ts';
import { Refused } from '../../refused.ts';
import { problemOf } from '../../rest/problem.ts';
import { exported, type Read, type Row, readRows, TABLES, type Table } from '../bulk.ts';
import { BadCsv, csvLine } from '../csv.ts';
import { Raw, type Route, route } from '../route.ts';
import { hisDomains } from './across-domains.ts';

/** What one request may bring: a new account is two slow hashes, and a function has 30 s. */
const MAX_BYTES = 1024 * 1024;
const MAX_ROWS = 500;
/** Rows done at once. */
const AT_ONCE = 4;

const importQuery = z.object({
  mode: z
    .enum(['check', 'all', 'each'])
    .default('all')
    .describe('check: nothing is done; all: nothing, unless every line is right; each: every line that is right'),
  line: z.coerce.number().int().min(1).default(1).describe('Which line of a longer file the header stands for'),
});

const refusal = z.object({ line: z.number(), code: z.string(), detail: z.string() });
const made = z.object({ line: z.number(), address: z.string(), password: z.string().optional() });
const result = z.object({
  rows: z.number(),
  done: z.number().describe('How many were made'),
  made: z.array(made).describe('With passwords, where they were generated'),
  refused: z.array(refusal).describe('By line, from 1'),
});

type Call = Parameters<Route['handle']>[0];

const routesOf = (name: keyof typeof TABLES): readonly Route[] => {
  const table: Table = TABLES[name];
  return [
    route({
      method: 'POST',
      path: `/import/${name}`,
      summary: `Make ${name} from CSV with a header line; columns: ${table.columns.join(', ')}`,
      // Each line is asked for by itself; see `ask`.
      access: 'role',
      audit: `${name}.import`,
      query: importQuery,
      bytes: 'text/csv',
      response: result,
      handle: async (call) => importRows(table, call, call.query.mode, call.query.line),
    }),
    route({
      method: 'GET',
      path: `/export/${name}`,
      summary: `All ${name} as CSV, of all domains or of one; what is imported again makes the same. Never a password`,
      access: ({ query }) => (query.domain === undefined ? 'role' : { domain: query.domain }),
      query: z.object({ domain: z.string().optional() }),
      answers: 'text/csv',
      handle: async (call) => {
        const only = call.query.domain;
        const domains =
          only === undefined ? hisDomains(call.deps, call.who) : [await call.deps.directory.domains.get(only)];
        return new Raw({
          status: 200,
          headers: {
            'content-type': 'text/csv; charset=utf-8; header=present',
            'content-disposition': `attachment; filename="${name}.csv"`,
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          },
          body: exportRows(table, call, domains),
        });
      },
    }),
  ];
};

export const bulk: readonly Route[] = [...routesOf('accounts'), ...routesOf('aliases'), ...routesOf('groups')];

async function importRows(table: Table, call: Call, mode: 'check' | 'all' | 'each', line: number) {
  const text = decode(await readBody(call.request, MAX_BYTES));
  const rows = await readRows(table, text, MAX_ROWS, line - 1).catch((error: unknown) => {
    throw error instanceof BadCsv ? new Refused('invalid', error.message) : error;
  });
  const refused: z.infer<typeof refusal>[] = [];
  const madeNow: z.infer<typeof made>[] = [];
  if (mode !== 'each') await forEach(withoutTwice(rows), refused, (row) => checkRow(table, call, row));
  if (mode !== 'check' && refused.length === 0) {
    await forEach(withoutTwice(rows), refused, async (row, line) => {
      const { path, body } = table;
      const done = (await (await call.ask('POST', path, body(row)))()) as { address: string; password?: string };
      madeNow.push({
        line,
        address: done.address,
        ...(done.password === undefined ? {} : { password: done.password }),
      });
    });
  }
  const byLine = (a: { line: number }, b: { line: number }) => a.line - b.line;
  return { rows: rows.length, done: madeNow.length, made: madeNow.sort(byLine), refused: refused.sort(byLine) };
}

async function checkRow(table: Table, call: Call, row: Row): Promise<void> {
  await call.ask('POST', table.path, table.body(row));
  await table.check(call.deps, row);
}

/** A second row with an address of the same text is refused before it is tried: two at once would race. */
function withoutTwice(rows: readonly Read[]): readonly Read[] {
  const seen = new Set<string>();
  return rows.map((each) => {
    if (!('row' in each)) return each;
    const address = each.row.address!.toLowerCase();
    if (!seen.has(address)) {
      seen.add(address);
      return each;
    }
    return { line: each.line, refused: new Refused('alreadyexists', `${address} is in the file twice.`) };
  });
}

/** Some at once. What goes wrong with one line is kept with its number, and the others go on. */
async function forEach(
  rows: readonly Read[],
  refused: z.infer<typeof refusal>[],
  work: (row: Row, line: number) => Promise<void>,
): Promise<void> {
  const waiting = rows.values();
  const worker = async () => {
    for (const each of waiting) {
      try {
        if ('refused' in each) throw each.refused;
        await work(each.row, each.line);
      } catch (error) {
        const known = problemOf(error);
        if (known === undefined) throw error;
        const { code, detail } = JSON.parse(known.body as string);
        refused.push({ line: each.line, code, detail });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function* exportRows(
  table: Table,
  call: Call,
  domains: AsyncIterable<{ domain: string }> | Iterable<{ domain: string }>,
) {
  const { header, cells } = exported(table);
  yield Buffer.from(csvLine(header));
  for await (const { domain } of domains) {
    for await (const row of table.rows(call.deps, domain)) yield Buffer.from(csvLine(cells(row)));
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refused('invalid', 'The text is not UTF-8: save it as "CSV UTF-8".');
  }
}
