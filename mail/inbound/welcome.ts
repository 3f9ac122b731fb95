import type { AccountInfo } from '../directory/types.ts';
import { addressField, encodedText, folded, headerText, mailDate } from '../message/render.ts';
import { type Clock, type Random, randomName } from '../ports/index.ts';
import type { Accept } from './accept.ts';

const ID_LENGTH = 16;

/** Puts the first message into the inbox of a new account. Rejects as `accept` does. */
export function createWelcome(deps: {
  readonly accept: Accept;
  readonly clock: Clock;
  readonly random: Random;
  readonly hostname: string;
}) {
  return async (account: AccountInfo, message: { readonly subject: string; readonly text: string }): Promise<void> => {
    const id = randomName(deps.random, ID_LENGTH);
    const now = deps.clock.now();
    const bytes = Buffer.from(render(deps.hostname, id, now, account, message));
    const { id: to, address, tenant } = account;
    await deps.accept(
      {
        id,
        received: now,
        // Nobody waits for an answer to it (RFC 3834 section 3.3).
        from: '',
        smtputf8: !isAscii(address),
        via: 'local',
        groups: [{ tenant, deliveries: [{ account: to, recipient: address }], relay: [] }],
        eightBit: () => !isAscii(bytes.toString('latin1')),
      },
      bytes,
    );
  };
}

function render(
  hostname: string,
  id: string,
  now: number,
  { address, displayName }: AccountInfo,
  { subject, text }: { readonly subject: string; readonly text: string },
): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const facts: Readonly<Record<string, string>> = { address, domain, name: displayName ?? address };
  const filled = (template: string) =>
    template.replace(/\{(address|name|domain)\}/g, (_, name: string) => facts[name]!);
  const { encoding, text: body } = encodedText(filled(text));
  return [
    `Date: ${mailDate(now)}\r\n`,
    folded('From', addressField({ email: `postmaster@${domain}` })),
    folded('To', addressField({ name: displayName, email: address })),
    folded('Subject', headerText(filled(subject).replace(/\p{Cc}+/gu, ' '))),
    `Message-ID: <${id}@${hostname}>\r\n`,
    // RFC 3834 section 5.
    'Auto-Submitted: auto-generated\r\n',
    'MIME-Version: 1.0\r\n',
    'Content-Type: text/plain; charset=utf-8\r\n',
    `Content-Transfer-Encoding: ${encoding}\r\n`,
    '\r\n',
    body,
  ].join('');
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
