import * as mime from 'nodemailer/lib/mime-funcs';
import * as qp from 'nodemailer/lib/qp';

/** Pieces of messages that are made here (RFC 5322, RFC 2045, RFC 2047): the same input gives the same text. */

/** A field whose value is ready, in lines that are short where it has spaces, with its CRLF. */
export function folded(name: string, value: string): string {
  return `${mime.foldLines(`${name}: ${value}`, 76)}\r\n`;
}

/** Text in a field: what is not ASCII in encoded words. */
export function headerText(text: string): string {
  return mime.encodeWords(text, 'Q', 52);
}

/** An address in a field. */
export function addressField({
  name,
  email,
}: {
  readonly name?: string | null | undefined;
  readonly email: string;
}): string {
  if (name !== null && name !== undefined && name !== '') return `${phrase(name)} <${email}>`;
  return /^[^\s"(),:;@[\\\]]+@[^\s"(),:;@[\\\]]+$/.test(email) ? email : `<${email}>`;
}

/** RFC 5322 section 3.2.5, RFC 2047 section 5. */
export function phrase(name: string): string {
  if (/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(name) && !name.includes('=?')) return name;
  if (/^[\t\x20-\x7e]*$/.test(name) && !name.includes('=?')) return `"${name.replace(/["\\]/g, '\\$&')}"`;
  return mime.encodeWord(name, 'Q', 52);
}

/** As it stands where every server lets it pass, else quoted, or in base64 where most of it would be quoted. */
export function encodedText(value: string): { readonly encoding: string; readonly text: string } {
  const lines = value.toWellFormed().replace(/\r\n?|\n/g, '\r\n');
  if (/^[\t\r\n\x20-\x7e]*$/.test(lines) && !/[^\r\n]{79}|[\t ]\r\n|[\t ]$|^From /m.test(lines)) {
    return { encoding: '7bit', text: lines };
  }
  const bytes = Buffer.from(lines, 'utf8');
  const isForeign = bytes.reduce((count, byte) => count + (byte > 0x7e ? 1 : 0), 0) * 3 > bytes.length;
  if (isForeign) return { encoding: 'base64', text: wrapped(bytes.toString('base64')) };
  // RFC 5322 section 4.1: what begins like the separator of an mbox would not come through everywhere.
  return { encoding: 'quoted-printable', text: qp.wrap(qp.encode(bytes), 73).replace(/^From /gm, '=46rom ') };
}

/** Base64 in lines (RFC 2045 section 6.8). */
export function wrapped(text: string): string {
  return text.replace(/.{1,76}/g, '$&\r\n');
}

/** RFC 5322 section 3.3, in UTC. `ms`: since 1970. */
export function mailDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
