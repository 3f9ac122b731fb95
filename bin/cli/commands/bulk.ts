import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { BadCsv, csvLine, readCsv } from '../../../mail/admin/csv.ts';
import { type Command, type Context, DOMAIN_OPTION, option } from '../command.ts';
import { Failure } from '../failure.ts';
import { type Piece, table } from '../text.ts';

/** A check is quick; what is made takes a hash each, and a request should not take longer than 30 s. */
const CHECKED_AT_ONCE = 500;
const MADE_AT_ONCE = 25;
const BATCH_BYTES = 512 * 1024;

interface Result {
  readonly done: number;
  readonly made: readonly { readonly line: number; readonly address: string; readonly password?: string }[];
  readonly refused: readonly { readonly line: number; readonly detail: string }[];
}

/** What is gathered over all requests of one import. */
interface Total {
  readonly made: Result['made'][number][];
  readonly refused: Result['refused'][number][];
}

const KINDS = [
  ['account', 'accounts', 'address, password, displayName, quota, maxMessages, imap, pop3, enabled'],
  ['alias', 'aliases', 'address, targets (with spaces between)'],
  ['group', 'groups', 'address, name, members (with spaces between)'],
] as const;

export const bulk: readonly Command[] = KINDS.flatMap(([word, name, columns]) => [
  {
    name: `${word} import`,
    operands: 'FILE.csv',
    min: 1,
    help: `Make ${name} from CSV with a header line; columns: ${columns}. Where a line is wrong, nothing is made`,
    examples: [
      `postern ${word} import ${name}.csv --dry-run`,
      ...(word === 'account' ? ['postern account import accounts.csv --json > passwords.json'] : []),
      `postern ${word} import ${name}.csv --each`,
    ],
    complete: ['file'],
    options: {
      'dry-run': { type: 'boolean', short: 'n', help: 'Check all lines and make nothing' },
      each: { type: 'boolean', short: 'e', help: 'Make what is right, though other lines are wrong' },
    },
    run: (context) => importFile(context, name),
  },
  {
    name: `${word} export`,
    operands: '[FILE.csv]',
    min: 0,
    max: 1,
    help: `Write all ${name} as CSV, to stdout or a file; "postern ${word} import" takes it back`,
    examples: [`postern ${word} export > ${name}.csv`, `postern ${word} export ${name}.csv --domain example.com`],
    complete: ['file'],
    options: { domain: DOMAIN_OPTION },
    async run(context) {
      const [file] = context.args;
      const text = await context.client.download(`/export/${name}`, { domain: option(context, 'domain') });
      if (file === undefined) return context.write(Buffer.from(text).toString('utf8'));
      await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EEXIST' ? new Failure(1, `${file} is there already. Give a new name.`) : error;
      });
      context.print({ file }, () => `${file} written`);
    },
  },
]);

async function importFile(context: Context, name: string): Promise<void> {
  const { args, options, print } = context;
  const file = args[0]!;
  const { size } = await stat(file).catch(() => {
    throw new Failure(1, `There is no file ${file}.`);
  });
  const total: Total = { made: [], refused: [] };
  if (options.each !== true) await upload(context, name, file, size, 'check', total);
  if (total.refused.length === 0 && options['dry-run'] !== true) {
    try {
      await upload(context, name, file, size, 'each', total);
    } catch (error) {
      // Passwords that were made are told this once only.
      if (total.made.length > 0) print(total, () => made(total, name));
      throw error;
    }
  }
  total.refused.sort((a, b) => a.line - b.line);
  print(total, () => [
    ...(options['dry-run'] === true ? [] : made(total, name)),
    ...(total.refused.length === 0 && options['dry-run'] === true ? ['Every line is right.'] : []),
    ...(total.refused.length === 0
      ? []
      : [total.refused.map(({ line, detail }) => `line ${line}: ${detail}`).join('\n')]),
  ]);
  if (total.refused.length > 0) {
    const rest = total.made.length === 0 ? ' Nothing was made.' : '';
    throw new Failure(1, `${total.refused.length} lines are wrong.${rest}`);
  }
}

function made({ made }: Total, name: string): Piece[] {
  const passwords = made.filter(({ password }) => password !== undefined);
  return [
    `${made.length} ${name} made`,
    ...(passwords.length === 0
      ? []
      : [
          table(
            ['ADDRESS', 'PASSWORD'],
            passwords.map(({ address, password = '' }) => [address, password]),
          ),
        ]),
  ];
}

/** Sends the file, a piece at a time, each with the header; line numbers are those of the file. */
async function upload(
  context: Context,
  name: string,
  file: string,
  size: number,
  mode: 'check' | 'each',
  total: Total,
): Promise<void> {
  const most = mode === 'check' ? CHECKED_AT_ONCE : MADE_AT_ONCE;
  const source = createReadStream(file, { highWaterMark: 64 * 1024 });
  let header: readonly string[] | undefined;
  let column = -1;
  let rows: { line: number; text: string; address: string }[] = [];
  let bytes = 0;
  /** Of the pieces before: the server sees twice the same address within one piece only. */
  const seen = new Set<string>();
  const flush = async () => {
    if (header === undefined) return;
    const body = Buffer.from(csvLine(header) + rows.map(({ text }) => text).join(''));
    const result = await context.client.upload<Result>(`/import/${name}`, 'text/csv', body, { mode });
    // The server counts records of what it was sent, whose cells may hold line ends.
    const lines = linesOf(header, rows);
    const real = (line: number) => lines.get(line) ?? line;
    total.made.push(...result.made.map((each) => ({ ...each, line: real(each.line) })));
    total.refused.push(...result.refused.map((each) => ({ ...each, line: real(each.line) })));
    for (const { address } of rows) seen.add(address);
    rows = [];
    bytes = 0;
    const what = mode === 'check' ? 'checked' : `${total.made.length} ${name} made`;
    context.progress.at(source.bytesRead, size, what);
  };
  try {
    for await (const { line, cells } of readCsv(decoded(source))) {
      if (header === undefined) {
        header = cells;
        column = cells.findIndex((cell) => cell.trim().toLowerCase() === 'address');
        continue;
      }
      const text = csvLine(cells);
      const address = (cells[column] ?? '').trim().toLowerCase();
      if (mode === 'check' && seen.has(address)) {
        total.refused.push({ line, detail: `${address} is in the file twice.` });
        continue;
      }
      rows.push({ line, text, address });
      bytes += text.length;
      if (rows.length === most || bytes > BATCH_BYTES) await flush();
    }
  } catch (error) {
    if (error instanceof BadCsv) throw new Failure(1, `${file}: ${error.message}`);
    throw error;
  }
  if (header === undefined) throw new Failure(1, `${file} is empty.`);
  if (rows.length > 0) await flush();
}

/** Lines of the file by those of the text that was sent. */
function linesOf(header: readonly string[], rows: readonly { line: number; text: string }[]): Map<number, number> {
  const found = new Map<number, number>();
  let at = 1 + count(csvLine(header));
  for (const { line, text } of rows) {
    found.set(at, line);
    at += count(text);
  }
  return found;
}

function count(text: string): number {
  return text.split('\n').length - 1;
}

async function* decoded(source: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of source) yield decoder.decode(chunk as Buffer, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new BadCsv('The text is not UTF-8: save it as "CSV UTF-8".');
  }
}
