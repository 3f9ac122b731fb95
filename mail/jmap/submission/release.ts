import type { Accounts } from '../../account/types.ts';
import type { Letter, Outbox } from '../../outbound/outbox.ts';
import type { Clock, Log } from '../../ports/index.ts';
import { MDN_LETTER } from '../mdn/sent.ts';
import { EMAIL_SUBMISSION, submission } from './object.ts';

export interface ReleaseDeps {
  readonly accounts: Accounts;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
}

/** A letter that the log does not know after this time, in ms, was never to be sent. */
const ORPHAN = 3_600_000;

/** Sends or drops a letter whose time has come, as the account's log says. May be repeated at any time (design: rule 6). */
export async function release(deps: ReleaseDeps, letter: Letter): Promise<void> {
  const account = await deps.accounts.open(letter.account);
  await account.refresh();
  if (account.state.object(MDN_LETTER, letter.id) !== undefined) {
    await deps.outbox.send(letter);
    await account.write((draft) => {
      if (draft.object(MDN_LETTER, letter.id) !== undefined) draft.deleteObject(MDN_LETTER, letter.id);
    });
    return;
  }
  let status = submission(account.state, letter.id)?.undoStatus;
  if (status === 'pending') {
    // From here on it cannot be undone; somebody may just have done so.
    const { result } = await account.write((draft) => {
      const now = submission(draft, letter.id);
      if (now?.undoStatus === 'pending') draft.putObject(EMAIL_SUBMISSION, letter.id, { ...now, undoStatus: 'final' });
      return now?.undoStatus === 'pending' ? 'final' : now?.undoStatus;
    });
    status = result;
  }
  if (status === 'final') await deps.outbox.send(letter);
  else if (status === 'canceled' || letter.sendAt < deps.clock.now() - ORPHAN) await deps.outbox.drop(letter);
}

/** Releases all that is due: what was written for later, and what a process that ended left. To be run often. */
export async function sweepSubmissions(deps: ReleaseDeps): Promise<number> {
  let seen = 0;
  for await (const letter of deps.outbox.due()) {
    seen += 1;
    try {
      await release(deps, letter);
    } catch (error) {
      deps.log.warn('jmap.not-released', { account: letter.account, id: letter.id, error: String(error) });
    }
  }
  return seen;
}
