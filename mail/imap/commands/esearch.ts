import type { Mailbox, Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { Bad } from '../errors.ts';
import { wireName } from '../grammar/mailbox.ts';
import { filteredMailboxes, isMeant, type MailboxFilter, mailboxFilters } from '../grammar/mailbox-filter.ts';
import { asksModseq, namesNumbers } from '../grammar/search.ts';
import { type SearchArguments, searchArguments } from '../grammar/search-arguments.ts';
import { RETURN_ALL } from '../grammar/search-return.ts';
import { Numbers } from '../numbers.ts';
import { isForeign, type Look, type Place } from '../places.ts';
import { esearchLine, savedBy, searchData } from '../search/answer.ts';
import type { Known } from '../search/compile.ts';
import { checkTag, updateLater } from '../search/contexts.ts';
import { FoundUnsorted } from '../search/results.ts';
import { search } from '../search/run.ts';
import { checkSearchable } from '../search/scope.ts';
import type { Session } from '../session.ts';
import type { View } from '../view.ts';

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
    const { out, tag } = session;
    if (returns.options.has('UPDATE')) checkTag(session);
    if (asksModseq(key)) session.enableCondstore();
    for (const { place, state, mailbox } of await meantBy(session, filters)) {
      const rows = place.rows(state, mailbox.id);
      const isSelected = isSelectedIn(session, place, mailbox);
      const known = isSelected ? session.view : asNobodyKnows(session, place, mailbox, rows);
      checkSearchable(session, key, known);
      const uids = await search(session, { rows, known, account: place.account }, key);
      if (isSelected) {
        if (returns.options.has('SAVE')) session.view.save(savedBy(returns, uids));
        if (returns.options.has('UPDATE')) updateLater(session, state, true, args, new FoundUnsorted(uids));
      }
      // RFC 7377 section 2.1: nothing is said of a mailbox in which nothing is found.
      if (uids.length === 0) continue;
      const modseqs = asksModseq(key) ? rows : undefined;
      const correlators = ` MAILBOX ${wireName(place.fullName(mailbox), session.utf8Names)} UIDVALIDITY ${mailbox.uidvalidity}`;
      const data = searchData(returns, { uids, name: (uid) => uid, modseqs });
      out.line(esearchLine(tag, correlators, true, data));
      await out.room();
    }
    return session.selected !== undefined && namesNumbers(key) ? { sync: 'no expunge' as const } : {};
  },
});

/** The mailboxes that are meant and that the user may read. Others' accounts are looked at only where one of theirs can be meant. */
async function meantBy(
  session: Session,
  filters: readonly MailboxFilter[],
): Promise<readonly (Look & { readonly mailbox: Mailbox })[]> {
  const { selected, places } = session;
  if (filters.every(({ which }) => which === 'selected')) {
    const { place, view } = session;
    const state = place.isOwn ? place.account.state : await place.account.refresh();
    view.check(state);
    const mailbox = state.mailboxes.get(view.mailbox);
    return mailbox === undefined ? [] : [{ place, state, mailbox }];
  }
  const own = { place: places.own, state: await session.account.refresh() };
  const isSubscribed = (name: string) => own.state.subscriptions.has(name);
  const ofOthers = (filter: MailboxFilter, name: string) =>
    ('names' in filter || filter.which === 'subscribed') && isMeant(filter, name, isSubscribed);
  const named = filters.flatMap((filter) => ('names' in filter ? filter.names : []));
  if (filters.some(({ which }) => which === 'subscribed')) named.push(...own.state.subscriptions);
  const looks: Look[] = named.some(isForeign) ? [...(await places.others())] : [];
  const chosen = filters.some(({ which }) => which === 'selected') ? selected : undefined;
  if (chosen !== undefined && !chosen.place.isOwn && !looks.some(({ place }) => isSelectedPlace(chosen, place))) {
    looks.push({ place: chosen.place, state: await chosen.place.account.refresh() });
  }
  const ownSelected = selected?.place.isOwn === true ? selected.mailbox : undefined;
  return [
    ...filteredMailboxes(own.state, filters, ownSelected).map((mailbox) => ({ ...own, mailbox })),
    ...looks.flatMap(({ place, state }) =>
      [...state.mailboxes.values()]
        .filter((mailbox) => place.rights(state, mailbox).has('r'))
        .filter(
          (mailbox) =>
            (chosen !== undefined && isSelectedIn(session, place, mailbox)) ||
            filters.some((filter) => ofOthers(filter, place.fullName(mailbox))),
        )
        .map((mailbox) => ({ place, state, mailbox })),
    ),
  ];
}

/** Ids of mailboxes are an account's own. */
function isSelectedIn({ selected }: Session, place: Place, mailbox: Mailbox): boolean {
  return selected !== undefined && isSelectedPlace(selected, place) && selected.mailbox === mailbox.id;
}

function isSelectedPlace(selected: View, place: Place): boolean {
  return selected.place.account.id === place.account.id;
}

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
function asNobodyKnows(session: Session, place: Place, mailbox: Mailbox, rows: Rows): Known {
  const uids = UidSet.fromAscending(
    (function* () {
      for (let i = 0; i < rows.length; i++) yield rows.uid(i);
    })(),
  );
  return {
    numbers: new Numbers(uids),
    recent: session.recents.of(place.account.id, mailbox.id, rows),
    saved: UidSet.EMPTY,
  };
}
