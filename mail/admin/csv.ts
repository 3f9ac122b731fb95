/** CSV (RFC 4180): lines end in CRLF or LF, cells are separated by commas, and quoted where they hold a comma, a quote or a line end. */

export interface CsvRecord {
  /** Where it begins in the text, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The text is not CSV. The message is one plain line. */
export class BadCsv extends Error {
  override readonly name = 'BadCsv';
}

const MAX_CELL = 65_536;
const MAX_CELLS = 100;

/** The records of a text as it comes, one at a time. Empty lines are passed over. Throws `BadCsv`. */
export async function* readCsv(source: AsyncIterable<string> | Iterable<string>): AsyncGenerator<CsvRecord> {
  let line = 1;
  let begun = 1;
  let cells: string[] = [];
  let cell = '';
  /** `ended`: a quote within quotes, which ends them or stands for itself. */
  let state: 'plain' | 'quoted' | 'ended' = 'plain';
  let quotedCell = false;
  let first = true;

  const endCell = () => {
    if (cells.length === MAX_CELLS) throw new BadCsv(`Line ${begun} has more than ${MAX_CELLS} cells.`);
    cells.push(cell);
    cell = '';
    state = 'plain';
    quotedCell = false;
  };
  const endRecord = (): CsvRecord | undefined => {
    // A carriage return before the line end belongs to the line end.
    if (!quotedCell && cell.endsWith('\r')) cell = cell.slice(0, -1);
    const empty = cells.length === 0 && cell === '' && !quotedCell;
    endCell();
    const record = { line: begun, cells };
    cells = [];
    return empty ? undefined : record;
  };

  for await (const chunk of source) {
    for (const char of chunk) {
      if (first && char === '\ufeff') {
        first = false;
        continue;
      }
      first = false;
      if (state === 'quoted') {
        if (char === '"') state = 'ended';
        else cell += char;
        if (char === '\n') line++;
      } else if (char === '"' && state === 'ended') {
        cell += char;
        state = 'quoted';
      } else if (char === ',') endCell();
      else if (char === '\n') {
        const record = endRecord();
        if (record !== undefined) yield record;
        begun = ++line;
      } else if (state === 'ended') {
        if (char !== '\r') throw new BadCsv(`Line ${line}: behind a closing quote comes "${char}", not a comma.`);
      } else if (char === '"' && cell === '' && !quotedCell) {
        state = 'quoted';
        quotedCell = true;
      } else if (char === '"') throw new BadCsv(`Line ${line}: a quote within a cell that does not begin with one.`);
      else cell += char;
      if (cell.length > MAX_CELL) throw new BadCsv(`Line ${begun}: a cell is longer than ${MAX_CELL} characters.`);
    }
  }
  if (state === 'quoted') throw new BadCsv(`Line ${begun}: a quote is opened and never closed.`);
  const last = endRecord();
  if (last !== undefined) yield last;
}

/** One line, with its CRLF. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}

/**
 * Spreadsheets take a cell that begins so for a formula, and run it (https://owasp.org/www-community/attacks/CSV_Injection). An
 * apostrophe before it makes it text; `unguard` takes that off again, so that what was exported can be imported.
 */
export function guard(cell: string): string {
  return /^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

export function unguard(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
