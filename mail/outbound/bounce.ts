import type { QueueEntry, Verdict } from './queue-entry.ts';
import { isAscii } from './recipients.ts';

/** What goes back of the message that was not delivered. */
export interface DsnOriginal {
  readonly whole: boolean;
  /** The message, or its header section. */
  readonly bytes: Uint8Array;
}

export interface DsnInput {
  /** Makes the Message-ID and the boundary. */
  readonly id: string;
  /** Its `failed` list is what is reported. */
  readonly entry: QueueEntry;
  readonly hostname: string;
  readonly original: DsnOriginal | undefined;
}

/**
 * A delivery status notification (RFC 3464): words for people, fields for programs, and what went wrong underneath. The same
 * input gives the same bytes. Where an address or the returned header is not ASCII it takes the forms of RFC 6533.
 */
export function composeDsn(input: DsnInput): Uint8Array {
  const { id, entry, hostname, original } = input;
  const at = new Date(Math.max(...entry.failed.map((one) => one.last.at)));
  const boundary = `dsn-${id}`;
  const header = original === undefined ? Buffer.alloc(0) : Buffer.from(original.bytes);
  const global = ![entry.from, ...entry.failed.map((one) => one.address)].every(isAscii);
  const messageId = field(header, 'message-id');
  const subject = field(header, 'subject');
  const head = [
    `Date: ${mailDate(at)}`,
    `From: Mail Delivery System <mailer-daemon@${hostname}>`,
    `To: <${entry.from}>`,
    'Subject: Your message could not be delivered',
    `Message-ID: <${id}@${hostname}>`,
    ...(messageId === undefined ? [] : [`In-Reply-To: ${messageId}`, `References: ${messageId}`]),
    // RFC 3834 section 5: nothing may answer it by itself.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${global ? 'global-delivery-status' : 'delivery-status'};`,
    `\tboundary="${boundary}"`,
  ];
  const words = explain(input, subject);
  const parts: (string | Uint8Array)[] = [
    [...head, '', 'This is a report in MIME format about a message that was not delivered.', ''].join('\r\n'),
    open('text/plain; charset=utf-8', words),
    words,
    open(global ? 'message/global-delivery-status' : 'message/delivery-status', global ? '\x80' : ''),
    status(input, global).join('\r\n'),
  ];
  if (original !== undefined) {
    const plain = global || !isAscii(header.toString('latin1').split(/\r?\n\r?\n/, 1)[0]!) ? 'global' : 'rfc822';
    const type =
      plain === 'global'
        ? original.whole
          ? 'message/global'
          : 'message/global-headers'
        : original.whole
          ? 'message/rfc822'
          : 'text/rfc822-headers';
    parts.push(open(type, header.toString('latin1')), header);
  }
  parts.push(`\r\n--${boundary}--\r\n`);
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

  function open(type: string, content: string): string {
    const encoding = isAscii(content) ? '7bit' : '8bit';
    return `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  }
}

/** The part for people. */
function explain({ entry, hostname }: DsnInput, subject: string | undefined): string {
  const lines = [
    `This is the mail system at ${hostname}.`,
    '',
    'The message that you sent',
    ...(subject === undefined ? [] : [`with the subject "${clean(decodeWords(subject))}"`]),
    `on ${mailDate(new Date(entry.arrived))} was not delivered to:`,
    '',
  ];
  for (const { address, last } of entry.failed) {
    lines.push(`  ${address}`);
    lines.push(last.remote === undefined ? `    ${clean(last.text)}.` : `    The server ${last.remote} said:`);
    if (last.remote !== undefined) lines.push(`    ${diagnostic(last)}`);
    if (last.enhanced.startsWith('4')) lines.push('    It was tried again and again until its time was up.');
    lines.push('');
  }
  lines.push(
    'Nobody will try again. Recipients that are not named here are not concerned. If you cannot tell from the answer above what',
    'to change, send this report to your postmaster; its technical part and your message follow.',
    '',
  );
  return lines.join('\r\n');
}

/** The part for programs (RFC 3464 section 2; its fields in the order of RFC 3464). */
function status({ entry, hostname }: DsnInput, global: boolean): readonly string[] {
  const lines: string[] = [];
  if (entry.dsn?.envid !== undefined) lines.push(`Original-Envelope-Id: ${printable(entry.dsn.envid, false)}`);
  lines.push(`Reporting-MTA: dns; ${hostname}`, `Arrival-Date: ${mailDate(new Date(entry.arrived))}`);
  for (const { address, last } of entry.failed) {
    lines.push('');
    const type = isAscii(address) ? 'rfc822' : 'utf-8';
    lines.push(`Final-Recipient: ${type}; ${printable(address, global)}`, 'Action: failed', `Status: ${last.enhanced}`);
    if (last.remote !== undefined) {
      lines.push(`Remote-MTA: dns; ${printable(last.remote.replace(/\[.*$/, ''), false)}`);
      if (last.code > 0) lines.push(`Diagnostic-Code: smtp; ${printable(diagnostic(last), false)}`);
    }
    if (last.remote === undefined || last.code === 0) {
      lines.push(`Diagnostic-Code: x-postern; ${printable(last.text, false)}`);
    }
    lines.push(`Last-Attempt-Date: ${mailDate(new Date(last.at))}`);
  }
  lines.push('');
  return lines;
}

function diagnostic(last: Verdict): string {
  return `${last.code > 0 ? `${last.code} ` : ''}${last.enhanced} ${clean(last.text)}`;
}

/** One line without control characters. */
function clean(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
}

/** A remote server's words cannot be trusted to be ASCII, as fields must be outside RFC 6533. */
function printable(text: string, utf8: boolean): string {
  const line = clean(text);
  return utf8 ? line : line.replace(/[^\x20-\x7e]/g, '?');
}

/** RFC 5322 section 3.3, in UTC. */
function mailDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

/** One field of a header section, unfolded; undefined when it is not there, empty or unreasonable. */
function field(header: Buffer, name: string): string | undefined {
  const end = header.indexOf('\r\n\r\n');
  const text = header.subarray(0, end < 0 ? header.length : end).toString('utf8');
  const match = new RegExp(`^${name}:((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im').exec(text);
  const value = match === null ? '' : clean(match[1]!.replace(/\r?\n/g, ''));
  if (value === '' || value.length > 900) return undefined;
  return name === 'message-id' && !/^<[\x21-\x7e]+>$/.test(value) ? undefined : value;
}

/** RFC 2047 encoded words in UTF-8 or Latin-1, for the words to people; others stay as they are. */
function decodeWords(text: string): string {
  return text
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(
      /=\?(utf-8|us-ascii|iso-8859-1)\?([bq])\?([^?]*)\?=/gi,
      (_, charset: string, kind: string, word: string) => {
        const bytes =
          kind.toLowerCase() === 'b'
            ? Buffer.from(word, 'base64')
            : Buffer.from(
                word
                  .replace(/_/g, ' ')
                  .replace(/=([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
                'latin1',
              );
        return bytes.toString(charset.toLowerCase() === 'utf-8' ? 'utf8' : 'latin1');
      },
    );
}
