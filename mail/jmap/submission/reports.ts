import { type Account, emailNumber } from '../../account/types.ts';
import { headerFields } from '../../message/headers.ts';
import { decodeTransfer } from '../../message/transfer.ts';
import { NotFound } from '../../ports/index.ts';
import { emailBlobId } from '../blob/blob.ts';
import { visiblePlacements } from '../email/facts.ts';
import { type BodyPart, bodyStructure } from '../email/structure.ts';
import type { Call } from '../method.ts';
import type { Submission } from './object.ts';

/** What came back for a submission (RFC 8621 section 7): reports in its thread that say that they answer it. */
export interface Reports {
  /** Blobs, the oldest first. */
  readonly dsn: readonly string[];
  readonly mdn: readonly string[];
  /** What reports of delivery say, by recipient in lower case: the last of them. */
  readonly status: ReadonlyMap<string, { readonly delivered: 'yes' | 'no' | 'queued'; readonly smtpReply: string }>;
  /** Who has displayed it, in lower case. */
  readonly displayed: ReadonlySet<string>;
}

/** Emails of a thread that are looked at, the newest; and reports that are read. */
const MOST_EMAILS = 500;
const MOST_REPORTS = 50;
/** A report's fields are read as far as this, in bytes. */
const MAX_FIELDS = 64 * 1024;

export async function reportsOf(call: Call, account: Account, submission: Submission): Promise<Reports> {
  const { state } = account;
  const own = emailNumber(submission.emailId) ?? 0;
  const numbers = state.inThread(submission.threadId).filter((number) => visiblePlacements(state, number).length > 0);
  const emails = await account.emails([...new Set([...numbers.slice(-MOST_EMAILS), own])]);
  const messageId = submission.messageId ?? emails.get(own)?.summary.messageId;
  const dsn: string[] = [];
  const mdn: string[] = [];
  const status = new Map<string, { delivered: 'yes' | 'no' | 'queued'; smtpReply: string }>();
  const displayed = new Set<string>();
  for (const number of numbers.slice(-MOST_EMAILS)) {
    const email = emails.get(number);
    if (email === undefined || messageId === undefined || dsn.length + mdn.length >= MOST_REPORTS) continue;
    const { inReplyTo = [], references = [] } = email.summary;
    if (!inReplyTo.includes(messageId) && references.at(-1) !== messageId) continue;
    const root = bodyStructure(email.summary);
    const report = root.type === 'multipart/report' ? root.subParts?.[1] : undefined;
    const kind = /^message\/(?:global-)?(delivery-status|disposition-notification)$/.exec(report?.type ?? '')?.[1];
    if (report === undefined || kind === undefined) continue;
    (kind === 'delivery-status' ? dsn : mdn).push(emailBlobId(number));
    for (const fields of await groupsOf(call, email.blob, report)) {
      const recipient = addressOf(fields.get('original-recipient') ?? fields.get('final-recipient'));
      if (recipient === undefined) continue;
      if (kind === 'delivery-status') {
        const said = verdictOf(fields);
        if (said !== undefined) status.set(recipient, said);
      } else if (/;\s*displayed\b/i.test(fields.get('disposition') ?? '')) displayed.add(recipient);
    }
  }
  return { dsn, mdn, status, displayed };
}

/** The groups of fields of a report, parted by empty lines (RFC 3464 section 2.1). */
async function groupsOf({ deps }: Call, blob: string, { place }: BodyPart): Promise<ReadonlyMap<string, string>[]> {
  const [, , start, end, encoding] = place;
  if (start >= end) return [];
  try {
    const bytes = decodeTransfer(
      await deps.blobs.get(blob, { start, end: Math.min(end, start + MAX_FIELDS) }),
      encoding,
    );
    const blocks = Buffer.from(bytes)
      .toString('latin1')
      .split(/\r?\n(?:[ \t]*\r?\n)+/);
    return blocks.map((block) => {
      const fields = [...headerFields(Buffer.from(`${block}\r\n`, 'latin1'))];
      return new Map(fields.map(({ name, value }) => [name, value]));
    });
  } catch (error) {
    // It went between the look and the read.
    if (error instanceof NotFound) return [];
    throw error;
  }
}

/** `rfc822; joe@example.com` */
function addressOf(value: string | undefined): string | undefined {
  const address = value?.replace(/^[^;]*;/, '').trim();
  return address === undefined || address === '' ? undefined : address.replace(/^<(.*)>$/, '$1').toLowerCase();
}

/** RFC 3464 sections 2.3.3 and 2.3.6. */
function verdictOf(fields: ReadonlyMap<string, string>) {
  const action = fields.get('action')?.toLowerCase().split(/[\s(]/)[0];
  const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0];
  const delivered =
    action === 'failed' ? 'no' : action === 'delivered' ? 'yes' : action === 'delayed' ? 'queued' : undefined;
  if (delivered === undefined || status === undefined) return undefined;
  const said = /^\s*smtp\s*;\s*([245]\d\d[ -].*)$/i.exec(fields.get('diagnostic-code') ?? '')?.[1];
  const words = (fields.get('diagnostic-code') ?? '').replace(/^[^;]*;\s*/, '');
  const code = { no: '550', yes: '250', queued: '450' }[delivered];
  const smtpReply = (said ?? `${code} ${status} ${words}`).replace(/[^\x20-\x7e]+/g, ' ').trim();
  return { delivered, smtpReply } as const;
}
