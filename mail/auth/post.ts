import type { Notice, Post } from '../credentials/notices.ts';
import { parseAddress } from '../directory/address.ts';
import { addressField, encodedText, folded, headerText, mailDate } from '../message/render.ts';
import type { Outgoing } from '../outbound/submit.ts';
import type { Clock } from '../ports/index.ts';

interface Deps {
  readonly clock: Clock;
  readonly hostname: string;
  /** `submitBytes` of mail/outbound: idempotent by id. */
  readonly submit: (outgoing: Outgoing, bytes: Uint8Array) => Promise<unknown>;
}

/** Sends notices the way of all mail, in the name of the postmaster of the account's domain. */
export function createPost({ clock, hostname, submit }: Deps): Post {
  return async (notice) => {
    const domain = parseAddress(notice.account.address)?.domain ?? hostname;
    const bytes = compose(notice, `postmaster@${domain}`, hostname, clock.now());
    const isAscii = /^[\x00-\x7f]*$/.test(notice.to);
    await submit(
      {
        id: notice.id,
        // Nobody is told where it cannot be delivered: who asked must not learn by that whether it was sent.
        from: '',
        recipients: [notice.to],
        tenant: notice.account.tenant,
        via: 'local',
        smtputf8: !isAscii,
        eightBit: bytes.some((byte) => byte > 0x7f),
        routing: domain,
      },
      bytes,
    );
  };
}

function compose({ id, to, subject, text }: Notice, from: string, hostname: string, now: number): Uint8Array {
  const body = encodedText(`${text.join('\n')}\n`);
  return Buffer.from(
    [
      folded('Date', mailDate(now)),
      folded('From', addressField({ name: 'Postern', email: from })),
      folded('To', addressField({ email: to })),
      folded('Subject', headerText(subject)),
      folded('Message-ID', `<${id}@${hostname}>`),
      // RFC 3834 section 5: nothing may answer it by itself.
      folded('Auto-Submitted', 'auto-generated'),
      'MIME-Version: 1.0\r\n',
      'Content-Type: text/plain; charset=utf-8\r\n',
      `Content-Transfer-Encoding: ${body.encoding}\r\n\r\n`,
      body.text,
    ].join(''),
  );
}
