import { DELETED, type Mailbox, type State } from '../../account/types.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { mailboxName, wireName } from '../grammar/mailbox.ts';
import { STATUS_ITEMS, type StatusContext, type StatusItem, statusItems } from '../grammar/status.ts';
import type { Session } from '../session.ts';

/** RFC 3501 section 6.3.10. */
export const status = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const name = mailboxName(parser);
    parser.space();
    return { name, items: statusItems(parser) };
  },
  async run(session, { name, items }) {
    const { place, name: local } = await session.places.find(name);
    const state = await place.account.refresh();
    const mailbox = place.mailbox(state, local, 'r');
    if (items.includes('HIGHESTMODSEQ')) session.enableCondstore();
    sayStatus(session, state, mailbox, items, place);
  },
});

/** One untagged STATUS response, of a mailbox of one's own unless `place` says whose it is. */
export function sayStatus(
  session: Session,
  state: State,
  mailbox: Mailbox,
  items: readonly StatusItem[],
  place = session.places.own,
): void {
  const context: StatusContext = {
    recent: () => session.recents.of(place.account.id, mailbox.id, state.rows(mailbox.id)).size,
    unseen: place.unseen(state, mailbox),
    deletedBytes: () => deletedBytes(state, mailbox),
    maxMessage: session.maxMessage,
  };
  const values = items.map((item) => `${item} ${STATUS_ITEMS[item](mailbox, context)}`);
  session.out.line(`* STATUS ${wireName(place.fullName(mailbox), session.utf8Names)} (${values.join(' ')})`);
}

/** RFC 9208 section 4.1.4: in octets, and exact: what an EXPUNGE takes off the account's STORAGE. */
function deletedBytes(state: State, mailbox: Mailbox): number {
  if (mailbox.deleted === 0) return 0;
  const rows = state.rows(mailbox.id);
  const deleted: number[] = [];
  for (let row = 0; row < rows.length; row++) if ((rows.flags(row).system & DELETED) !== 0) deleted.push(row);
  return state.bytesFreed(mailbox.id, deleted);
}
