import type { Mailbox, State } from '../../account/types.ts';
import type { Facts } from '../email/facts.ts';

/** The account's objects of this type, under the id of their email. */
const SNOOZE = 'snooze';

/** As it is kept. Times in milliseconds since 1970, whole seconds. */
export interface Snooze {
  readonly until: number;
  /** Where the email was. */
  readonly from: readonly string[];
  /** Where the user wants it to come back to; null: where it was. */
  readonly moveTo: string | null;
  /** Keywords that it comes back with, and without. */
  readonly setKeywords: Readonly<Record<string, boolean>>;
  /** Absent: it has not come back. */
  readonly awakened?: number;
}

interface Objects {
  putObject(type: string, id: string, value: unknown): void;
  deleteObject(type: string, id: string): void;
}

export function snoozes(state: State): ReadonlyMap<string, Snooze> {
  return state.objects(SNOOZE) as ReadonlyMap<string, Snooze>;
}

export function snoozeOf(state: State, email: string): Snooze | undefined {
  return state.object(SNOOZE, email) as Snooze | undefined;
}

export function putSnooze(draft: Objects, email: string, snooze: Snooze): void {
  draft.putObject(SNOOZE, email, snooze);
}

export function forgetSnooze(draft: Objects & State, email: string): void {
  if (snoozeOf(draft, email) !== undefined) draft.deleteObject(SNOOZE, email);
}

/** The mailbox of snoozed emails, where one was needed before. */
export function snoozedMailbox(state: State): Mailbox | undefined {
  for (const mailbox of state.mailboxes.values()) if (mailbox.role === 'snoozed') return mailbox;
  return undefined;
}

/** The snooze that an email waits for: one that somebody has taken out of the mailbox meanwhile waits no more. */
export function pendingSnooze(
  state: State,
  email: string,
  { mailboxes }: Pick<Facts, 'mailboxes'>,
): Snooze | undefined {
  const snooze = snoozeOf(state, email);
  if (snooze === undefined || snooze.awakened !== undefined) return undefined;
  const mailbox = snoozedMailbox(state);
  return mailbox !== undefined && mailboxes.includes(mailbox.id) ? snooze : undefined;
}

/** Properties of an Email: `snoozed` and `awakenedAt`. */
export function snoozeProperties(state: State, email: string, facts: Pick<Facts, 'mailboxes'>) {
  const pending = pendingSnooze(state, email, facts);
  const awakened = snoozeOf(state, email)?.awakened;
  return {
    snoozed:
      pending === undefined
        ? null
        : { until: utcDate(pending.until), moveToMailboxId: pending.moveTo, setKeywords: pending.setKeywords },
    awakenedAt: awakened === undefined ? null : utcDate(awakened),
  };
}

function utcDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
