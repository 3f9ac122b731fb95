import { type Flags, flagsOf, OF_FILE } from './flags.ts';
import { begins, CR, endOfLine, fieldsOf, fieldText, isEmptyLine, isFromLine, LF, Output, textIn } from './lines.ts';

/**
 * Reads files of mail: mbox (RFC 4155; lines of the text that begin like a separator are quoted by one ">", as in the kind "rd") and single
 * messages. A file is looked through in slices, and of each message only its place is kept.
 */

/** A message in a file. */
export interface Place {
  /** Of its "From " line, from which on reading may begin again. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
  /** Milliseconds since 1970. */
  readonly date: number | undefined;
}

/** What a file is, by how it begins. */
export type Kind = 'mbox' | 'message' | 'none';

const SLICE = 1 << 20;
/** A separator is no longer than this, nor is what tells that it is one. */
const LOOK = 4_096;

export function kindOf(beginning: Uint8Array): Kind {
  let at = begins(beginning, 0, '\u00ef\u00bb\u00bf') ? 3 : 0;
  while (at < beginning.length && isEmptyLine(beginning, at)) at = endOfLine(beginning, at);
  if (begins(beginning, at, 'From ')) return 'mbox';
  return isField(beginning, at) ? 'message' : 'none';
}

/** The messages of an mbox, from an offset on where one begins. */
export async function* placesIn(file: Blob, from = 0): AsyncGenerator<Place> {
  let buffer = new Uint8Array(0);
  /** Where the buffer begins, and the line that is looked at next. */
  let base = from;
  let at = from;
  /** The length of the empty line before; at the beginning there need be none. */
  let empty = 0;
  let isAfterEmpty = true;
  let isWithinLine = false;
  let open: Omit<Place, 'end'> | undefined;
  for (let read = from; ; ) {
    const slice = new Uint8Array(await file.slice(read, read + SLICE).arrayBuffer());
    read += slice.length;
    const isLast = read >= file.size;
    buffer = joined(buffer.subarray(at - base), slice);
    base = at;
    while (at < base + buffer.length && (isLast || at + LOOK <= base + buffer.length || isWithinLine)) {
      const line = at - base;
      const end = endOfLine(buffer, line);
      const isWhole = buffer[end - 1] === LF;
      if (!isWithinLine && isAfterEmpty && isSeparator(buffer, line, end)) {
        if (open !== undefined) yield { ...open, end: at - empty };
        open = { at, start: base + end, date: dateOf(textIn(buffer, line, end)) };
      }
      isAfterEmpty = !isWithinLine && isEmptyLine(buffer, line);
      empty = isAfterEmpty ? end - line : 0;
      isWithinLine = !isWhole;
      at = base + end;
    }
    if (isLast) break;
  }
  // The empty line that ends an mbox is not the last message's.
  if (open !== undefined) yield { ...open, end: Math.max(open.start, file.size - empty) };
}

/** One with a date; or one without, where what follows is a field of a header. */
function isSeparator(bytes: Uint8Array, from: number, end: number): boolean {
  if (!begins(bytes, from, 'From ') || end - from > LOOK / 2) return false;
  return dateOf(textIn(bytes, from, end)) !== undefined || isField(bytes, end);
}

function isField(bytes: Uint8Array, from: number): boolean {
  return /^[!-9;-~]+[ \t]*:/.test(textIn(bytes, from, Math.min(bytes.length, from + 200)));
}

const DATE =
  /([A-Z][a-z]{2}) +(\d{1,2}) +(\d\d:\d\d(?::\d\d)?)(?: +([A-Z]{1,5}))?(?: +([+-]\d{4}))? +(\d{4})(?: +([+-]\d{4}))?\s*$/;

/** Of a separator (`asctime`): in UTC where it names no offset. */
function dateOf(line: string): number | undefined {
  const [, month, day, time, , before, year, after] = DATE.exec(line) ?? [];
  if (month === undefined) return undefined;
  const ms = Date.parse(`${day} ${month} ${year} ${time} ${before ?? after ?? '+0000'}`);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

export interface ReadMessage extends Flags {
  /** With CRLF line ends, without what belongs to the file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Without angle brackets. */
  readonly messageId: string | undefined;
  readonly subject: string;
  /** A note that a program keeps for itself at the beginning of its mbox. */
  readonly isInternal: boolean;
}

/** A message as it is sent, out of its bytes in a file. `isMbox`: its text is quoted, and its header holds flags. */
export function readMessage(bytes: Uint8Array, isMbox: boolean): ReadMessage {
  const { fields, body } = fieldsOf(bytes);
  const out = new Output(bytes.length + (bytes.length >> 5) + 64);
  const ofFile: [string, string][] = [];
  let isInternal = false;
  let messageId: string | undefined;
  let subject = '';
  for (const field of fields) {
    const { name, from, to } = field;
    if (name === 'message-id') messageId ??= /<\s*([^<>]+?)\s*>/.exec(fieldText(bytes, field))?.[1];
    if (name === 'subject' && subject === '') subject = fieldText(bytes, field);
    if (isMbox && OF_FILE.has(name)) {
      ofFile.push([name, fieldText(bytes, field)]);
      if (name === 'x-imap') isInternal = true;
    } else if (!(isMbox && name === '' && isFromLine(bytes, from))) {
      for (let at = from; at < to; ) at = addLine(out, bytes, at, at);
    }
  }
  const headerEnd = fields.at(-1)?.to ?? 0;
  for (let at = headerEnd; at < body; ) at = addLine(out, bytes, at, at);
  for (let at = body; at < bytes.length; )
    at = addLine(out, bytes, at, isMbox && bytes[at] === 0x3e && isFromLine(bytes, at) ? at + 1 : at);
  const isNote = isInternal && /FOLDER INTERNAL DATA/.test(subject);
  return { bytes: out.taken(), messageId, subject, isInternal: isNote, ...flagsOf(ofFile) };
}

/** Adds the line that begins at `line`, from `from` on, with CRLF. Gives where the next begins. */
function addLine(out: Output, bytes: Uint8Array, line: number, from: number): number {
  const end = endOfLine(bytes, line);
  if (bytes[end - 1] !== LF || (end - 2 >= line && bytes[end - 2] === CR)) out.add(bytes, from, end);
  else {
    out.add(bytes, from, end - 1);
    out.text('\r\n');
  }
  return end;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
