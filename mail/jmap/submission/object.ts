import type { State } from '../../account/types.ts';

/** The account's objects of this type, named as JMAP names it: their states are those of the type. */
export const EMAIL_SUBMISSION = 'EmailSubmission';

/** RFC 8621 section 7. */
export interface EnvelopeAddress {
  readonly email: string;
  readonly parameters: Readonly<Record<string, string | null>> | null;
}

export interface Envelope {
  readonly mailFrom: EnvelopeAddress;
  readonly rcptTo: readonly EnvelopeAddress[];
}

/** As it is kept. */
export interface Submission {
  readonly identityId: string;
  readonly emailId: string;
  readonly threadId: string;
  readonly envelope: Envelope;
  /** Milliseconds since 1970, whole seconds. */
  readonly sendAt: number;
  /** `final`: whatever happens, it is sent. */
  readonly undoStatus: 'pending' | 'final' | 'canceled';
  /** Of the email, without angle brackets: what comes back names it. Not shown; absent in what older releases kept. */
  readonly messageId?: string;
}

export function submissions(state: State): ReadonlyMap<string, Submission> {
  return state.objects(EMAIL_SUBMISSION) as ReadonlyMap<string, Submission>;
}

export function submission(state: State, id: string): Submission | undefined {
  return state.object(EMAIL_SUBMISSION, id) as Submission | undefined;
}

export function utcDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Addresses that a letter goes to. */
export function recipientsOf({ rcptTo }: Envelope): readonly string[] {
  return [...new Set(rcptTo.map(({ email }) => email))];
}
