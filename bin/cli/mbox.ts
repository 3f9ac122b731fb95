/** Messages out of files of mail: mbox (the mboxrd and mboxo variants), Maildir folders, and plain .eml files. */

export interface FoundMessage {
  readonly bytes: Buffer;
  /** Milliseconds since 1970. */
  readonly date: number | undefined;
  readonly flags: readonly string[];
}

const FROM = Buffer.from('From ');

/**
 * Splits an mbox as it streams by: a message begins with a "From " line at the start or behind an empty line. The ">" that was
 * put before such lines in the text is taken off again. `limit`: bytes of one message; what is longer is passed over
 * and counted by `tooLarge`.
 */
export async function* splitMbox(
  source: AsyncIterable<Buffer>,
  limit: number,
  tooLarge: () => void,
): AsyncGenerator<FoundMessage> {
  let current: { lines: Buffer[]; size: number; date: number | undefined } | undefined;
  let afterEmpty = true;
  for await (const line of lines(source, limit)) {
    const begins = afterEmpty && line.subarray(0, FROM.length).equals(FROM);
    afterEmpty = isEmpty(line);
    if (begins) {
      if (current !== undefined) {
        if (current.size > limit) tooLarge();
        else yield finish(current);
      }
      current = { lines: [], size: 0, date: fromDate(line) };
    } else if (current !== undefined) {
      current.size += line.length;
      if (current.size > limit) current.lines = [];
      else current.lines.push(unquote(line));
    }
  }
  if (current === undefined) return;
  if (current.size > limit) tooLarge();
  else yield finish(current);
}

/** Lines with their line ends; one longer than `limit` comes in pieces. */
async function* lines(source: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let held = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let lf = chunk.indexOf(10); lf >= 0; lf = chunk.indexOf(10, from)) {
      const end = chunk.subarray(from, lf + 1);
      yield rest.length === 0 ? end : Buffer.concat([...rest, end]);
      rest = [];
      held = 0;
      from = lf + 1;
    }
    if (from === chunk.length) continue;
    rest.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held <= limit) continue;
    yield Buffer.concat(rest);
    rest = [];
    held = 0;
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

function isEmpty(line: Buffer): boolean {
  return line[0] === 10 || (line[0] === 13 && line[1] === 10);
}

function unquote(line: Buffer): Buffer {
  if (line[0] !== 0x3e) return line;
  let quotes = 1;
  while (line[quotes] === 0x3e) quotes++;
  return line.subarray(quotes, quotes + FROM.length).equals(FROM) ? line.subarray(1) : line;
}

/** `From sender Thu Jan  1 00:00:00 2026`, in UTC where it names no zone. */
function fromDate(line: Buffer): number | undefined {
  const text = line.toString('latin1').trim();
  const match = /([A-Z][a-z]{2}) +(\d{1,2}) +(\d\d:\d\d(?::\d\d)?)(?: +[A-Z]{3,4})? +(\d{4})( +[+-]\d{4})?$/.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[2]} ${match[1]} ${match[4]} ${match[3]}${match[5] ?? ' GMT'}`);
  return Number.isNaN(ms) ? undefined : ms;
}

function finish({ lines, date }: { lines: Buffer[]; date: number | undefined }): FoundMessage {
  // The empty line before the next "From " belongs to the mbox, not to the message.
  const last = lines.at(-1);
  if (lines.length > 1 && last !== undefined && isEmpty(last)) lines.pop();
  const bytes = Buffer.concat(lines);
  return { bytes, date, flags: statusFlags(bytes) };
}

const STATUS: Readonly<Record<string, string>> = {
  R: '\\Seen',
  A: '\\Answered',
  F: '\\Flagged',
  D: '\\Deleted',
  T: '\\Draft',
};

/** The Status and X-Status fields that mail programs keep in an mbox. */
function statusFlags(message: Buffer): string[] {
  const end = message.indexOf('\n\n') + 1 || message.indexOf('\r\n\r\n') + 1 || message.length;
  const header = message.toString('latin1', 0, Math.min(end, 65_536));
  const letters = [...header.matchAll(/^X?-?Status:[ \t]*([A-Z]*)/gim)].map((match) => match[1]).join('');
  return flagsOf(letters, STATUS);
}

const MAILDIR: Readonly<Record<string, string>> = {
  S: '\\Seen',
  R: '\\Answered',
  F: '\\Flagged',
  T: '\\Deleted',
  D: '\\Draft',
};

/** The letters behind `:2,` in the name of a file in a Maildir. */
export function maildirFlags(name: string): string[] {
  return flagsOf(/[:;!]2,([A-Za-z]*)$/.exec(name)?.[1] ?? '', MAILDIR);
}

function flagsOf(letters: string, names: Readonly<Record<string, string>>): string[] {
  return [...new Set(letters)].flatMap((letter) => names[letter] ?? []);
}
