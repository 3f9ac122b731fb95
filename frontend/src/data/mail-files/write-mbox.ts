import { OF_FILE, statusLines } from './flags.ts';
import { CR, endOfLine, fieldsOf, isFromLine, LF, Output } from './lines.ts';

/** Writes messages as an mbox keeps them: line ends of LF, and lines that look like a separator quoted by one more ">" (the kind "rd"). */

export interface Entry {
  /** Milliseconds since 1970. */
  readonly date: number;
  /** Whoever sent it. */
  readonly sender: string | undefined;
  readonly keywords: readonly string[];
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** What says how long a message was before it was quoted would be wrong. */
const LEFT_OUT = new Set([...OF_FILE, 'content-length']);

export function mboxEntry(bytes: Uint8Array, { date, sender, keywords }: Entry): Uint8Array<ArrayBuffer> {
  const { fields, end } = fieldsOf(bytes);
  const out = new Output(bytes.length + 512);
  out.text(`From ${senderOf(sender)} ${asctime(date)}\n`);
  for (const { name, from, to } of fields) {
    if (LEFT_OUT.has(name)) continue;
    for (let at = from; at < to; ) at = addLine(out, bytes, at);
  }
  if (fields.length > 0 && bytes[end - 1] !== LF) out.text('\n');
  out.text(statusLines(keywords));
  for (let at = end; at < bytes.length; ) at = addLine(out, bytes, at);
  if (end < bytes.length && bytes[bytes.length - 1] !== LF) out.text('\n');
  out.text('\n');
  return out.taken();
}

function addLine(out: Output, bytes: Uint8Array, from: number): number {
  const end = endOfLine(bytes, from);
  if (isFromLine(bytes, from)) out.text('>');
  if (bytes[end - 1] === LF && end - 2 >= from && bytes[end - 2] === CR) {
    out.add(bytes, from, end - 2);
    out.text('\n');
  } else out.add(bytes, from, end);
  return end;
}

/** One word of ASCII: the date begins behind it. */
function senderOf(sender: string | undefined): string {
  const word = (sender ?? '').replace(/[^!-~]/g, '');
  return word === '' ? 'MAILER-DAEMON' : word;
}

/** As RFC 4155 has it: in UTC, without saying so. */
function asctime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  const day = String(date.getUTCDate()).padStart(2);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}
