/** What an account may keep and what it keeps: bound where something is added by a person or a peer, never in `deliver`. */

/** Bytes of one message where no setting (smtp.maxMessageSize) says otherwise. */
export const MAX_MESSAGE = 40 * 1024 ** 2;

/** Absent: as much as there is room for. */
export interface Limits {
  /** Bytes, each message counted once, however many mailboxes it is in. */
  readonly quota?: number;
  /** Messages, counted in each mailbox that they are in (RFC 9208 section 5.2 wants the exact number that clients see). */
  readonly maxMessages?: number;
}

export interface Kept {
  readonly bytes: number;
  readonly messages: number;
}

/** What an account keeps, of its state. */
export function kept(state: {
  readonly bytes: number;
  readonly mailboxes: ReadonlyMap<string, { readonly messages: number }>;
}): Kept {
  let messages = 0;
  for (const mailbox of state.mailboxes.values()) messages += mailbox.messages;
  return { bytes: state.bytes, messages };
}

/** The limit that `more` would break; undefined: there is room. What adds nothing of a kind breaks no limit of it. */
export function broken({ quota, maxMessages }: Limits, now: Kept, more: Kept): keyof Limits | undefined {
  if (quota !== undefined && more.bytes > 0 && now.bytes + more.bytes > quota) return 'quota';
  if (maxMessages !== undefined && more.messages > 0 && now.messages + more.messages > maxMessages) {
    return 'maxMessages';
  }
  return undefined;
}
