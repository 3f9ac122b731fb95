import type { Draft } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { factsOf, visiblePlacements } from '../email/facts.ts';
import { SetFailure } from '../errors.ts';
import { MDN_SENT } from './object.ts';

/**
 * Objects of the account's log that say that a letter of the outbox is to be sent and was not yet (design: rule 6). They are not shown.
 */
export const MDN_LETTER = 'mdnLetter';

/** Marks the email and decides that the letter is sent, both at once: one email is never answered twice (RFC 3503 section 3). */
export function decideToSend(draft: Draft, number: number, letter: string): void {
  const facts = factsOf(draft, number);
  if (facts === undefined) throw new SetFailure('notFound', 'There is no such email');
  if (facts.keywords.has(MDN_SENT)) throw new SetFailure('mdnAlreadySent', 'A notification was sent already');
  for (const { mailbox, row } of visiblePlacements(draft, number)) {
    const uid = draft.rows(mailbox).uid(row);
    draft.store(mailbox, UidSet.range(uid, uid), 'add', ['$MDNSent']);
  }
  draft.putObject(MDN_LETTER, letter, {});
}
