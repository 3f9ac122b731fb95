import { call, chain } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import { update } from './emails.ts';
import { byRole } from './mailboxes.ts';
import type { Address, Email } from './types.ts';
import { ROW_PROPERTIES } from './types.ts';

/** RFC 8621 section 7. */
interface SubmissionObject {
  readonly id: string;
  readonly emailId: string;
  readonly sendAt: string;
  readonly undoStatus: 'pending' | 'final' | 'canceled';
}

export interface Sending {
  readonly emailId: string;
  readonly identityId: string;
  readonly from: string;
  readonly recipients: readonly Address[];
  /** Seconds for which it can be undone, or when it is to be sent. */
  readonly hold: number | Date;
}

export interface Scheduled {
  readonly submissionId: string;
  readonly sendAt: string;
  readonly email: Email;
}

/**
 * Sends a draft, which moves to Sent. Held mail (RFC 4865) stays in the server's queue until its time and can be taken back. Gives the id of
 * the submission. Throws `ApiError`, `MethodError`.
 */
export async function submit({ emailId, identityId, from, recipients, hold }: Sending): Promise<string> {
  const parameters =
    hold instanceof Date
      ? { HOLDUNTIL: `${hold.toISOString().slice(0, 19)}Z` }
      : hold > 0
        ? { HOLDFOR: String(hold) }
        : null;
  const envelope = {
    mailFrom: { email: from, parameters },
    rcptTo: recipients.map(({ email }) => ({ email, parameters: null })),
  };
  const [answer] = await chain<
    [{ readonly created: Readonly<Record<string, { readonly id: string }>> | null; readonly notCreated: Refusals }]
  >([
    'EmailSubmission/set',
    {
      create: { sending: { identityId, emailId, envelope } },
      onSuccessUpdateEmail: { '#sending': sentPatch() },
    },
    'send',
  ]);
  throwRefused(answer.notCreated);
  return answer.created!.sending!.id;
}

/** Takes back what has not been sent yet; the draft is in Drafts again. Throws `MethodError` (`cannotUnsend`) where it is too late. */
export async function unsend(submissionId: string, emailId: string): Promise<void> {
  const { notUpdated } = await call<{ notUpdated: Refusals }>('EmailSubmission/set', {
    update: { [submissionId]: { undoStatus: 'canceled' } },
  });
  throwRefused(notUpdated);
  const drafts = byRole('drafts');
  if (drafts !== undefined) await update({ [emailId]: { mailboxIds: { [drafts.id]: true }, 'keywords/$draft': true } });
}

/** What waits to be sent, the next first. */
export async function readScheduled(): Promise<readonly Scheduled[]> {
  const [, { list: submissions }, { list: emails }] = await chain<
    [unknown, { readonly list: readonly SubmissionObject[] }, { readonly list: readonly Email[] }]
  >(
    [
      'EmailSubmission/query',
      { filter: { undoStatus: 'pending' }, sort: [{ property: 'sentAt', isAscending: true }], limit: 100 },
      'q',
    ],
    ['EmailSubmission/get', { '#ids': { resultOf: 'q', name: 'EmailSubmission/query', path: '/ids' } }, 's'],
    [
      'Email/get',
      {
        '#ids': { resultOf: 's', name: 'EmailSubmission/get', path: '/list/*/emailId' },
        properties: ROW_PROPERTIES,
      },
      'e',
    ],
  );
  const byId = new Map(emails.map((one) => [one.id, one]));
  return submissions
    .filter(({ emailId }) => byId.has(emailId))
    .map(({ id, emailId, sendAt }) => ({ submissionId: id, sendAt, email: byId.get(emailId)! }));
}

/** Says of an original that it was answered or passed on. That it could not be marked does not concern who has sent something. */
export async function markOriginal(
  keyword: '$answered' | '$forwarded',
  original: { readonly emailId: string } | { readonly messageId: string },
): Promise<void> {
  const id = 'emailId' in original ? original.emailId : await idOf(original.messageId);
  if (id !== undefined) await update({ [id]: { [`keywords/${keyword}`]: true } }).catch(() => undefined);
}

async function idOf(messageId: string): Promise<string | undefined> {
  const { ids } = await call<{ ids: string[] }>('Email/query', {
    filter: { header: ['Message-ID', messageId] },
    limit: 1,
  });
  return ids[0];
}

function sentPatch(): Readonly<Record<string, unknown>> {
  const [drafts, sent] = [byRole('drafts'), byRole('sent')];
  return {
    'keywords/$draft': null,
    'keywords/$seen': true,
    ...(sent === undefined ? {} : { [`mailboxIds/${sent.id}`]: true }),
    ...(drafts === undefined || sent === undefined ? {} : { [`mailboxIds/${drafts.id}`]: null }),
  };
}

/** The id of the submission of an email, where it has one: to be asked before something is sent that may have been sent already. */
export async function submissionOf(emailId: string): Promise<string | undefined> {
  const { ids } = await call<{ ids: readonly string[] }>('EmailSubmission/query', {
    filter: { emailIds: [emailId] },
    limit: 1,
  });
  return ids[0];
}
