import { addressField, encodedText, folded, headerText, mailDate } from '../../message/render.ts';
import type { Mdn } from './object.ts';

export interface MdnLetter {
  readonly mdn: Mdn & { readonly subject: string; readonly textBody: string };
  /** Makes the Message-ID and the boundary. */
  readonly id: string;
  readonly hostname: string;
  readonly from: { readonly name: string; readonly email: string };
  readonly to: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The message that it is about, where it goes back. */
  readonly original: AsyncIterable<Uint8Array> | undefined;
}

/** The notification as a message (RFC 8098 section 3). */
export async function* composeMdn({
  mdn,
  id,
  hostname,
  from,
  to,
  at,
  original,
}: MdnLetter): AsyncGenerator<Uint8Array> {
  const reply = mdn.originalMessageId;
  const header = [
    folded('Date', mailDate(at)),
    folded('From', addressField(from)),
    folded('To', to.map((email) => addressField({ email })).join(', ')),
    folded('Subject', headerText(mdn.subject)),
    folded('Message-ID', `<${id}@${hostname}>`),
    ...(reply === null ? [] : [folded('In-Reply-To', reply), folded('References', reply)]),
    // RFC 3834 section 5: nothing may answer it by itself.
    folded('Auto-Submitted', 'auto-replied'),
    folded('MIME-Version', '1.0'),
    `Content-Type: multipart/report; report-type=disposition-notification;\r\n\tboundary="${id}"\r\n\r\n`,
  ];
  const { encoding, text } = encodedText(mdn.textBody);
  yield bytes(header.join(''));
  yield bytes(open(id, 'text/plain; charset=utf-8', encoding, text));
  yield bytes(`\r\n${open(id, 'message/disposition-notification', '7bit', reportOf(mdn))}`);
  if (original !== undefined) {
    yield bytes(`\r\n${open(id, 'message/rfc822', '8bit', '')}`);
    yield* original;
  }
  yield bytes(`\r\n--${id}--\r\n`);
}

/** RFC 8098 section 3.1, in its order. */
function reportOf(mdn: Mdn): string {
  const { actionMode, sendingMode, type } = mdn.disposition;
  const fields: readonly (readonly [string, string | null])[] = [
    ['Reporting-UA', mdn.reportingUA],
    ['Original-Recipient', mdn.originalRecipient],
    ['Final-Recipient', mdn.finalRecipient],
    ['Original-Message-ID', mdn.originalMessageId],
    ['Disposition', `${actionMode}/${sendingMode.replace('mdn', 'MDN')}; ${type}`],
    ...Object.entries(mdn.extensionFields ?? {}),
  ];
  return fields.map(([name, value]) => (value === null ? '' : `${name}: ${value}\r\n`)).join('');
}

function open(boundary: string, type: string, encoding: string, content: string): string {
  return `--${boundary}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}`;
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}
