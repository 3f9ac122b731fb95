import { isAscii } from 'node:buffer';
import * as z from 'zod';
import { formatAddress, parseAddress, requireAddress } from '../../directory/address.ts';
import { DEFAULT_TENANT } from '../../directory/domains.ts';
import { readBody } from '../../http.ts';
import type { RecipientGroup } from '../../inbound/accept.ts';
import type { InboundJob } from '../../inbound/job.ts';
import { decodeAddresses, parseAddressList } from '../../message/addresses.ts';
import { headerFields } from '../../message/headers.ts';
import { randomName } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import { headerFacts, mailDate } from '../../smtp/trace.ts';
import type { AdminDeps } from '../deps.ts';
import { crlf } from '../line-ends.ts';
import { type Route, route } from '../route.ts';

const RECIPIENT_FIELDS = new Set(['to', 'cc', 'bcc']);
const ID_LENGTH = 16;

export const send: readonly Route[] = [
  route({
    method: 'POST',
    path: '/send',
    summary: 'Send a message; from and to default to what its header says, and Bcc is taken out',
    access: 'server',
    audit: 'message.send',
    query: z.object({
      from: z.string().optional().describe('Envelope sender; empty: the null sender'),
      to: z.string().optional().describe('Envelope recipients; may be repeated'),
    }),
    bytes: 'message/rfc822',
    response: z.object({ id: z.string() }),
    status: 202,
    async handle({ deps, request, query }) {
      const limit = await deps.directory.setting('smtp.maxMessageSize');
      const message = crlf(await readBody(request, limit));
      const header = readHeader(message);
      const from = query.from ?? header.from ?? '';
      const to = request.query.getAll('to');
      return { id: await submitMessage(deps, message, header, from, to.length > 0 ? to : header.to) };
    },
  }),
];

export interface Header {
  readonly from: string | undefined;
  readonly to: readonly string[];
  /** Where its Bcc fields lie. */
  readonly bcc: readonly (readonly [start: number, end: number])[];
}

export function readHeader(message: Buffer): Header {
  let from: string | undefined;
  const to: string[] = [];
  const bcc: [number, number][] = [];
  for (const field of headerFields(message)) {
    if (field.name === 'bcc') bcc.push([field.start, field.end]);
    if (field.name !== 'from' && !RECIPIENT_FIELDS.has(field.name)) continue;
    const addresses = decodeAddresses(parseAddressList(field.value)).map(({ address }) => address);
    if (field.name === 'from') from ??= addresses[0];
    else to.push(...addresses);
  }
  return { from, to, bcc };
}

async function submitMessage(
  deps: AdminDeps,
  message: Buffer,
  header: Header,
  from: string,
  to: readonly string[],
): Promise<string> {
  if (message.length === 0) throw new Refused('invalid', 'The message is empty.');
  const sender = from === '' ? '' : formatAddress(requireAddress(from));
  const recipients = [...new Set(to.map((address) => formatAddress(requireAddress(address))))];
  const most = await deps.directory.setting('smtp.maxRecipients');
  if (recipients.length === 0)
    throw new Refused('invalid', 'There is no recipient: give --to, or a To field in the message.');
  if (recipients.length > most) throw new Refused('limit', `A message has at most ${most} recipients.`);
  return acceptMessage(deps, message, header, sender, recipients, await groupOf(deps, recipients));
}

/** Takes the message over for these recipients, who were looked up. Gives its id. */
export async function acceptMessage(
  deps: AdminDeps,
  message: Buffer,
  header: Header,
  sender: string,
  recipients: readonly string[],
  group: RecipientGroup,
): Promise<string> {
  const id = randomName(deps.random, ID_LENGTH);
  const now = deps.clock.now();
  const bytes = Buffer.concat([Buffer.from(addedFields(deps, message, id, now)), ...without(message, header.bcc)]);
  const mail = {
    id,
    received: now,
    from: sender,
    smtputf8: ![sender, ...recipients].every((address) => isAscii(Buffer.from(address))),
    via: 'local' as const,
    groups: [group],
    eightBit: () => !isAscii(bytes),
  };
  await deps.accept(mail, bytes);
  return id;
}

/**
 * Whoever cannot be reached is refused here, before anything is sent. One message is one job: to the accounts of another tenant than
 * the first one's it goes as to strangers.
 */
async function groupOf(deps: AdminDeps, recipients: readonly string[]): Promise<RecipientGroup> {
  const deliveries: InboundJob['deliveries'] = [];
  const relay = new Set<string>();
  let tenant: string | undefined;
  for (const recipient of recipients) {
    const found = await deps.directory.resolve(recipient);
    if (found.kind === 'unknown') throw new Refused('nonexistent', `There is no address ${recipient} here.`);
    if (found.kind === 'disabled') throw new Refused('noperm', `The account ${recipient} is switched off.`);
    if (found.kind === 'local') tenant ??= found.tenant;
    if (found.kind === 'foreign' || found.tenant !== tenant) {
      relay.add(recipient);
      continue;
    }
    for (const delivery of found.deliveries) {
      if (!deliveries.some(({ account }) => account === delivery.account)) deliveries.push({ ...delivery, recipient });
    }
    for (const address of found.relay) relay.add(address);
  }
  return { tenant: tenant ?? DEFAULT_TENANT, deliveries, relay: [...relay] };
}

/** RFC 5321 section 4.4 asks whoever takes a message for a Received; RFC 5322 section 3.6 wants Date, and Message-ID. */
function addedFields(deps: AdminDeps, message: Buffer, id: string, now: number): string {
  const facts = headerFacts(message.toString('latin1', 0, 1024 * 1024));
  const domain = parseAddress(`x@${deps.hostname}`)?.domain ?? 'localhost';
  return (
    `Received: by ${deps.hostname} (admin API) id ${id};\r\n\t${mailDate(now)}\r\n` +
    (facts.date ? '' : `Date: ${mailDate(now)}\r\n`) +
    (facts.messageId ? '' : `Message-ID: <${id}@${domain}>\r\n`)
  );
}

function without(message: Buffer, ranges: Header['bcc']): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const [start, end] of ranges) {
    pieces.push(message.subarray(from, start));
    from = end;
  }
  return [...pieces, message.subarray(from)];
}
