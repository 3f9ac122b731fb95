import type { Mailbox, Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { Bad } from '../errors.ts';
import { wireName } from '../grammar/mailbox.ts';
import { filteredMailboxes, type MailboxFilter, mailboxFilters } from '../grammar/mailbox-filter.ts';
import { asksModseq, namesNumbers } from '../grammar/search.ts';
import { type SearchArguments, searchArguments } from '../grammar/search-arguments.ts';
import { RETURN_ALL } from '../grammar/search-return.ts';
import { Numbers } from '../numbers.ts';
import { esearchLine, savedBy, searchData } from '../search/answer.ts';
import type { Known } from '../search/compile.ts';
import { checkTag, updateLater } from '../search/contexts.ts';
import { FoundUnsorted } from '../search/results.ts';
import { search } from '../search/run.ts';
import type { Session } from '../session.ts';

const SELECTED_ONLY: readonly MailboxFilter[] = [{ which: 'selected' }];

/** ESEARCH (RFC 7377): in several mailboxes at once; answers by UID, mailbox after mailbox. */
export const esearch = command({
  states: AUTHENTICATED,
  uid: true,
  parse(parser, session) {
    parser.space();
    let filters = SELECTED_ONLY;
    if (parser.skip('IN ')) {
      filters = mailboxFilters(parser);
      parser.space();
    }
    const args = searchArguments(parser, session, 'may');
    check(session, filters, args);
    return { filters, args };
  },
  async run(session, { filters, args }) {
    const { returns = RETURN_ALL, key } = args;
    const { account, out, tag } = session;
    if (returns.options.has('UPDATE')) checkTag(session);
    if (asksModseq(key)) session.enableCondstore();
    const onlySelected = filters.every(({ which }) => which === 'selected');
    const state = onlySelected ? account.state : await account.refresh();
    const selected = session.selected?.mailbox;
    for (const mailbox of filteredMailboxes(state, filters, selected)) {
      const rows = state.rows(mailbox.id);
      const known = mailbox.id === selected ? session.view : asNobodyKnows(session, mailbox, rows);
      const uids = await search(session, { rows, known }, key);
      if (mailbox.id === selected) {
        if (returns.options.has('SAVE')) session.view.save(savedBy(returns, uids));
        if (returns.options.has('UPDATE')) updateLater(session, state, true, args, new FoundUnsorted(uids));
      }
      // RFC 7377 section 2.1: nothing is said of a mailbox in which nothing is found.
      if (uids.length === 0) continue;
      const modseqs = asksModseq(key) ? rows : undefined;
      const correlators = ` MAILBOX ${wireName(mailbox.name, session.utf8Names)} UIDVALIDITY ${mailbox.uidvalidity}`;
      const data = searchData(returns, { uids, name: (uid) => uid, modseqs });
      out.line(esearchLine(tag, correlators, true, data));
      await out.room();
    }
    return selected !== undefined && namesNumbers(key) ? { sync: 'no expunge' as const } : {};
  },
});

/** RFC 7377 section 2.2. */
function check(session: Session, filters: readonly MailboxFilter[], { returns }: SearchArguments): void {
  const named = filters.some(({ which }) => which === 'selected');
  if (session.selected === undefined && (named || returns?.options.has('UPDATE') === true)) {
    throw new Bad('There is no selected mailbox to search');
  }
  if (returns?.options.has('SAVE') === true && filters.some(({ which }) => which !== 'selected')) {
    throw new Bad('SAVE is for a search in the selected mailbox alone');
  }
}

/** A mailbox that is not selected: its messages are numbered as they would be if it were. */
function asNobodyKnows(session: Session, mailbox: Mailbox, rows: Rows): Known {
  const uids = UidSet.fromAscending(
    (function* () {
      for (let i = 0; i < rows.length; i++) yield rows.uid(i);
    })(),
  );
  return {
    numbers: new Numbers(uids),
    recent: session.recents.of(session.account.id, mailbox.id, rows),
    saved: UidSet.EMPTY,
  };
}
